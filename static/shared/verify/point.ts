/** Points of P-256 from their compressed form (SEC 1 §2.3.4), which WebCrypto does not import. */

import { concat, fromHex, hex, type Bytes } from './bytes'

const P = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn
const CURVE = { name: 'ECDSA', namedCurve: 'P-256' }
const UNCOMPRESSED = 0x04
const HEX_DIGITS = 64

/** A key that verifies by the point with this `x`, whose `y` is odd or even; null where the curve has none. */
export async function importPoint(x: Bytes, isOdd: boolean): Promise<CryptoKey | null> {
  const y = solve(BigInt(`0x${hex(x)}`), isOdd)
  if (y === null) return null
  const raw = concat(Uint8Array.of(UNCOMPRESSED), x, y)
  return crypto.subtle.importKey('raw', raw, CURVE, true, ['verify'])
}

/** y² = x³ − 3x + b; P ≡ 3 (mod 4), so the root of a square is its power (P + 1) / 4. */
function solve(x: bigint, isOdd: boolean): Bytes | null {
  if (x >= P) return null
  const square = modulo(x * x * x - 3n * x + B)
  const root = power(square, (P + 1n) / 4n)
  if (modulo(root * root) !== square) return null
  const y = (root & 1n) === (isOdd ? 1n : 0n) ? root : P - root
  return fromHex(y.toString(16).padStart(HEX_DIGITS, '0'))
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  for (let factor = base, left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = modulo(result * factor)
    factor = modulo(factor * factor)
  }
  return result
}

function modulo(value: bigint): bigint {
  const rest = value % P
  return rest < 0n ? rest + P : rest
}
