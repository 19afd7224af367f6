const MASK = "******";

/** Secrets known to this process; every text that leaves it goes through {@link redact}. */
export interface Redactor {
  add(secret: string): void;
  redact(text: string): string;
}

export function createRedactor(): Redactor {
  const secrets = new Set<string>();
  return {
    add(secret) {
      // Short strings would blank out half of every text and protect nothing.
      if (secret.length >= 4) secrets.add(secret);
    },
    redact(text) {
      let result = text;
      for (const secret of [...secrets].sort((a, b) => b.length - a.length))
        result = result.replaceAll(secret, MASK);
      return result;
    },
  };
}
