/** Mobile numbers of mainland China. */

/** Eleven digits; a leading +86, spaces, dashes and full-width digits are forgiven. */
export function normalPhone(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/[\s-]/g, '')
    .replace(/^(\+|00)86/, '')
}

export function isMobileNumber(text: string): boolean {
  return /^1[3-9]\d{9}$/.test(normalPhone(text))
}
