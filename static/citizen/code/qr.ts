/** The picture of a code: digits in numeric mode, error level M (token format, 1.1). */

import { encode } from 'uqr'

/** Modules of white that a reader needs on each side (ISO/IEC 18004). */
export const QUIET_ZONE = 4

export interface QrPicture {
  version: number
  /** Modules on a side, without the quiet zone. */
  size: number
  isDark(row: number, column: number): boolean
}

export function drawDigits(text: string): QrPicture {
  if (!/^\d+$/.test(text)) throw new RangeError('a code consists of digits')
  // Digits alone are written in numeric mode; a higher error level would be a different picture than the format's.
  const { version, size, data } = encode(text, { ecc: 'M', boostEcc: false, border: 0 })
  return { version, size, isDark: (row, column) => data[row]?.[column] === true }
}

/** Device pixels of one module, so that picture and quiet zone fit a width and every module is equally wide. */
export function modulePixels(size: number, devicePixels: number): number {
  return Math.max(1, Math.floor(devicePixels / (size + 2 * QUIET_ZONE)))
}
