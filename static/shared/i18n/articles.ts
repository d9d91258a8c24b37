/** A reference to the regulation is read as one word: `第二十二条` never breaks at the end of a line. */

const ARTICLE = /第[一二三四五六七八九十]+条/gu
const WORD_JOINER = '\u2060'

export function keepArticlesWhole(text: string): string {
  return text.replace(ARTICLE, article => [...article].join(WORD_JOINER))
}
