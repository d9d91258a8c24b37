/** Identity document numbers as people type them (Art. 4, 9); the twin of `ecard.domain.documents`, for a kind word before sending.
 *
 * Eighteen characters with the check character of GB 11643 (ISO 7064 MOD 11-2), or the old permanent-resident card's three
 * letters and twelve digits.
 */

export type DocumentFault = 'incomplete' | 'shape' | 'birth' | 'check'

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
const CHECK_CHARACTERS = '10X98765432'
const EARLIEST_BIRTH_YEAR = 1880

/** The one spelling: full-width characters, spaces and a small `x` are forgiven. */
export function normalDocumentNumber(text: string): string {
  return text.normalize('NFKC').replace(/\s/g, '').toUpperCase()
}

/** What is wrong with a number, null if nothing is. `today` bounds the date of birth. */
export function documentFault(text: string, today: Date): DocumentFault | null {
  const number = normalDocumentNumber(text)
  if (/^[A-Z]{3}\d{12}$/.test(number)) return null
  if (/^(\d{0,17}|[A-Z]{1,3}\d{0,11})$/.test(number)) return 'incomplete'
  if (!/^[1-9]\d{16}[\dX]$/.test(number)) return 'shape'
  if (!isBirthDate(number.slice(6, 14), today)) return 'birth'
  return checkCharacter(number) === number[17] ? null : 'check'
}

export function checkCharacter(number: string): string {
  const sum = WEIGHTS.reduce((total, weight, place) => total + weight * Number(number[place]), 0)
  return CHECK_CHARACTERS.charAt(sum % 11)
}

function isBirthDate(digits: string, today: Date): boolean {
  const [year, month, day] = [digits.slice(0, 4), digits.slice(4, 6), digits.slice(6)].map(Number) as [
    number,
    number,
    number,
  ]
  const born = new Date(Date.UTC(year, month - 1, day))
  const exists = born.getUTCMonth() === month - 1 && born.getUTCDate() === day
  return exists && year >= EARLIEST_BIRTH_YEAR && born.getTime() <= today.getTime()
}
