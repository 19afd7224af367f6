/** Progress goes to stderr, so that stdout stays machine-readable with --json. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

const LONG_MS = 1000;

/** Runs `work`; work of more than a second announces itself and its duration. */
export async function step<T>(title: string, work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const timer = setTimeout(() => say(`  … ${title}`), LONG_MS);
  try {
    const value = await work();
    const took = performance.now() - began;
    if (took >= LONG_MS) say(`  ✓ ${title} (${(took / 1000).toFixed(1)} s)`);
    return value;
  } finally {
    clearTimeout(timer);
  }
}
