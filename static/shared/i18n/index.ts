/** The languages of an app: the shared wording, the app's own beside it, and the page's `lang` and title kept in step. */

import { computed, watch } from 'vue'
import { createI18n } from 'vue-i18n'
import { keepArticlesWhole } from './articles'
import { initialLocale, languageTag, rememberLocale, type Locale } from './locale'
import { en } from './messages/en'
import { zh } from './messages/zh'
import type { Wording } from './wording'

interface Messages {
  [key: string]: string | Messages
}

/** `own` is the app's wording; its key `title` becomes the title of the document. */
export function createLanguages<Own extends Messages & { title: string }>(own: {
  zh: Own
  en: Wording<Own>
}) {
  const i18n = createI18n({
    legacy: false,
    locale: initialLocale(),
    fallbackLocale: 'zh',
    postTranslation: text => (typeof text === 'string' ? keepArticlesWhole(text) : text),
    messages: { zh: { ...zh, app: own.zh }, en: { ...en, app: own.en } } as Record<Locale, Messages>,
  })
  const { locale, t } = i18n.global
  const tag = computed(() => languageTag(locale.value))
  watch(
    locale,
    chosen => {
      document.documentElement.lang = tag.value
      document.title = t('app.title')
      rememberLocale(chosen)
    },
    { immediate: true },
  )
  return { plugin: i18n, tag: () => tag.value }
}
