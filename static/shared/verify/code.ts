/** Reads a code as it is written, without believing it: steps 1 and 2 of docs/token-format.md §4. */

import type { Bytes } from './bytes'
import { parseIssued, parsePresented } from './cwt'
import { fold, fromBytes, MAX_CHARACTERS, MAX_DIGITS, toBytes } from './digits'
import { parseJwt } from './jwt'
import type { UnverifiedCode } from './unverified'
import { Refusal, required } from './verdict'

type Parse = (body: string) => Promise<UnverifiedCode | null> | UnverifiedCode | null

/** By the format digit behind `35`. */
const FORMATS: ReadonlyMap<string, (bytes: Bytes) => Promise<UnverifiedCode | null>> = new Map([
  ['1', parseIssued],
  ['2', parsePresented],
])
const CODE_DIGITS = /^35([0-9])([0-9]*)$/
const COMPACT_JWS = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/

/** Throws the refusal of step 1 or 2. */
export async function parseUnverified(text: string): Promise<UnverifiedCode> {
  const { parse, body } = readWriting(text)
  return required(await parse(body), 'malformed')
}

/** Step 1. */
function readWriting(text: string): { parse: Parse; body: string } {
  const folded = fold(checkLength(text))
  const [, format, body] = CODE_DIGITS.exec(folded) ?? []
  if (format !== undefined && body !== undefined) {
    if (folded.length > MAX_DIGITS) throw new Refusal('too_long')
    const parse = required(FORMATS.get(format), 'unsupported_format')
    return { parse: decimal => parseDigits(decimal, parse), body }
  }
  if (COMPACT_JWS.test(folded)) return { parse: parseJwt, body: folded }
  throw new Refusal('not_a_code')
}

/** Characters are code points; a text of twice as many UTF-16 units is too long without counting. */
function checkLength(text: string): string {
  const isLong = text.length > 2 * MAX_CHARACTERS || Array.from(text).length > MAX_CHARACTERS
  if (isLong) throw new Refusal('too_long')
  return text
}

async function parseDigits(
  decimal: string,
  parse: (bytes: Bytes) => Promise<UnverifiedCode | null>,
): Promise<UnverifiedCode | null> {
  const bytes = toBytes(decimal)
  return bytes !== null && fromBytes(bytes) === decimal ? parse(bytes) : null
}
