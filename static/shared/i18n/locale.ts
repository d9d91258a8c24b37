/** Which language a page speaks: the one chosen last, else the browser's, Chinese if in doubt. */

export const LOCALES = ['zh', 'en'] as const
export type Locale = (typeof LOCALES)[number]

const MEMORY = 'ecard.locale'

export function pickLocale(remembered: string | null, preferred: string | undefined): Locale {
  const known = LOCALES.find(locale => locale === remembered)
  return known ?? (preferred?.toLowerCase().startsWith('en') ? 'en' : 'zh')
}

export function initialLocale(): Locale {
  return pickLocale(readMemory(), navigator.language)
}

/** The tag for `lang` and `Accept-Language`. */
export function languageTag(locale: Locale): string {
  return locale === 'zh' ? 'zh-CN' : 'en'
}

export function rememberLocale(locale: Locale): void {
  try {
    localStorage.setItem(MEMORY, locale)
  } catch {
    // A browser that stores nothing still changes the language of this visit.
  }
}

function readMemory(): string | null {
  try {
    return localStorage.getItem(MEMORY)
  } catch {
    return null
  }
}
