/**
 * A scanner that types. It may type through a Chinese input method (composition, key code 229, full-width digits), end with
 * Enter, Tab, CR, LF or nothing, and paste where another would type.
 */

/** The part of a keyboard event that decides. */
export interface Key {
  readonly key: string
  readonly code: string
  readonly keyCode: number
  readonly isComposing: boolean
}

const ENDS = new Set(['Enter', 'NumpadEnter', 'Tab'])
const LINE_END = /[\r\n\t]/
const INPUT_METHOD = 229
/**
 * A text this long that no key follows for a while is complete: some scanners send no end. A code of a phone has some 590 digits, which
 * take six seconds at a hundred a second, and a scanner on radio or a page at work pauses meanwhile: nothing shorter is taken for one.
 */
const COMPLETE_LENGTH = { device: 400, other: 120 } as const
const DEVICE_CODE = /^[\s\uFEFF]*[3３][5５][2２]/
/** Milliseconds. */
const SILENCE = 500

export class WedgeField {
  private isComposing = false
  private endsAfterComposition = false
  private timer: ReturnType<typeof setTimeout> | undefined

  /** `field` is where the characters arrive; `onText` gets each whole text. */
  constructor(
    private readonly field: { value: string },
    private readonly onText: (text: string) => void,
  ) {}

  /** True when the key ended a text: the browser must then not act on it (submit, move the focus). */
  keydown(key: Key): boolean {
    const isEnd = ENDS.has(key.key) || ENDS.has(key.code)
    if (!isEnd || this.field.value === '') return false
    if (key.isComposing || this.isComposing || key.keyCode === INPUT_METHOD) {
      this.endsAfterComposition = true
      this.afterSilence()
      return false
    }
    this.finish()
    return true
  }

  /** An input method that swallows each key (229) still lets go of Enter. */
  keyup({ key, code }: Key): void {
    const isEnd = ENDS.has(key) || ENDS.has(code)
    if (isEnd && this.endsAfterComposition && !this.isComposing) this.finish()
  }

  input(): void {
    if (this.isComposing || this.endsAfterComposition) return
    if (LINE_END.test(this.field.value)) this.finish()
    else if (isPossiblyComplete(this.field.value)) this.afterSilence()
    else clearTimeout(this.timer)
  }

  compositionStart(): void {
    this.isComposing = true
  }

  compositionEnd(): void {
    this.isComposing = false
    if (this.endsAfterComposition) this.finish()
    else this.input()
  }

  /** A paste is a whole text, and never enters the field: a megabyte in an input makes the page stand still. */
  paste(text: string): void {
    this.clear()
    if (text.trim() !== '') this.onText(text)
  }

  clear(): void {
    clearTimeout(this.timer)
    this.field.value = ''
    this.endsAfterComposition = false
  }

  private afterSilence(): void {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.finish(), SILENCE)
  }

  private finish(): void {
    const text = this.field.value
    this.clear()
    if (text.trim() !== '') this.onText(text)
  }
}

const isPossiblyComplete = (text: string): boolean =>
  text.length >= (DEVICE_CODE.test(text) ? COMPLETE_LENGTH.device : COMPLETE_LENGTH.other)

/** Whether a key typed anywhere on the page can be the beginning of a scan. */
export function beginsScan({ key, code, keyCode }: Key, hasModifier: boolean): boolean {
  if (hasModifier) return false
  return /^[0-9\uFF10-\uFF19]$/.test(key) || /^(Digit|Numpad)[0-9]$/.test(code) || keyCode === INPUT_METHOD
}
