/**
 * Something that was looked at: either its value, or why it could not be learnt. Keeps "there is none" (a known,
 * empty value) apart from "nobody answered".
 */
export type Known<T> = { readonly known: true; readonly value: T } | Unknown;

export interface Unknown {
  readonly known: false;
  /** One clause for a person: "crm_mon did not answer within 4 s". */
  readonly why: string;
}

export const known = <T>(value: T): Known<T> => ({ known: true, value });
export const unknown = (why: string): Unknown => ({ known: false, why });

/** The value, or the alternative when it is not known. */
export function valueOr<T, U>(item: Known<T>, otherwise: U): T | U {
  return item.known ? item.value : otherwise;
}

/** Computes from a known value; what is unknown stays so, with its reason. */
export function mapKnown<T, U>(item: Known<T>, compute: (value: T) => U): Known<U> {
  return item.known ? known(compute(item.value)) : item;
}
