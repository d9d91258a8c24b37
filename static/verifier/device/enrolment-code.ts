/** The one-time code of an enrolment, `ABCD-EFGH-JKLM`, as people type it. */

const GROUP = 4
const LENGTH = 12

/** Groups of four capitals and digits; full-width letters and digits are folded, everything else is dropped. */
export function formatEnrolmentCode(typed: string): string {
  const letters = typed
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, '')
    .slice(0, LENGTH)
  return letters.match(new RegExp(`.{1,${GROUP}}`, 'g'))?.join('-') ?? ''
}

export const isCompleteEnrolmentCode = (code: string): boolean => /^[A-Z0-9]{4}(-[A-Z0-9]{4}){2}$/.test(code)
