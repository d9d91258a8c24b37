/**
 * JSON (RFC 8259) as this format writes it: whole numbers, no member twice. `JSON.parse` keeps the last of two members of one
 * name and takes `1.0` for `1`, by which two readers of the same signed bytes could see different things.
 */

export type Json = null | boolean | number | string | Json[] | JsonObject
export interface JsonObject {
  readonly [name: string]: Json
}

const MAX_DEPTH = 100
const BLANK = /[\t\n\r ]*/y
const MARK_WORD_NUMBER = /[{}[\],:]|true|false|null|-?(?:0|[1-9][0-9]*)(?![0-9.eE])/y
const WORDS: Readonly<Record<string, Json>> = { true: true, false: false, null: null }

/** The value, or undefined when the text is not JSON in this sense. */
function parseJson(text: string): Json | undefined {
  const reader = new Reader(text)
  try {
    const value = reader.value(0)
    return reader.isAtEnd() ? value : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

export function parseObject(text: string | null): JsonObject | null {
  const value = text === null ? undefined : parseJson(text)
  return isObject(value) ? value : null
}

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Whether the object has exactly these members. */
export function hasExactly(object: JsonObject, names: readonly string[]): boolean {
  return Object.keys(object).length === names.length && names.every(name => Object.hasOwn(object, name))
}

/** A non-negative whole number that JavaScript holds without loss, else null. */
export const unsigned = (value: Json | undefined): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null

export const text = (value: Json | undefined): string | null => (typeof value === 'string' ? value : null)

class Reader {
  private at = 0

  constructor(private readonly source: string) {}

  isAtEnd(): boolean {
    this.skip(BLANK)
    return this.at === this.source.length
  }

  value(depth: number, token = this.token()): Json {
    if (depth > MAX_DEPTH) throw new SyntaxError('nested too deeply')
    if (token === '{') return this.object(depth + 1)
    if (token === '[') return this.array(depth + 1)
    if (token.startsWith('"')) return JSON.parse(token) as string
    const word = WORDS[token]
    if (word !== undefined) return word
    if (/^[-0-9]/.test(token)) return Number(token)
    throw new SyntaxError('a value expected')
  }

  private object(depth: number): JsonObject {
    const members: Record<string, Json> = Object.create(null) as Record<string, Json>
    let token = this.token()
    if (token === '}') return members
    for (;;) {
      if (!token.startsWith('"')) throw new SyntaxError('a name expected')
      const name = JSON.parse(token) as string
      if (Object.hasOwn(members, name)) throw new SyntaxError('a member twice')
      this.expect(':')
      members[name] = this.value(depth)
      if (this.isClosed('}')) return members
      token = this.token()
    }
  }

  private array(depth: number): Json[] {
    const items: Json[] = []
    let token = this.token()
    if (token === ']') return items
    for (;;) {
      items.push(this.value(depth, token))
      if (this.isClosed(']')) return items
      token = this.token()
    }
  }

  private isClosed(bracket: string): boolean {
    const token = this.token()
    if (token !== bracket && token !== ',') throw new SyntaxError('a comma or the end expected')
    return token === bracket
  }

  private expect(wanted: string): void {
    if (this.token() !== wanted) throw new SyntaxError(`${wanted} expected`)
  }

  private token(): string {
    this.skip(BLANK)
    const token = this.source[this.at] === '"' ? this.quoted() : this.skip(MARK_WORD_NUMBER)
    if (token === '') throw new SyntaxError('a token expected')
    return token
  }

  private skip(pattern: RegExp): string {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.source)?.[0] ?? ''
    this.at += found.length
    return found
  }

  /** A string with its quotes: searched by hand, because the bitmap of a large list is one string of megabytes. */
  private quoted(): string {
    const start = this.at
    do {
      const end = this.source.indexOf('"', this.at + 1)
      if (end < 0) throw new SyntaxError('a string without an end')
      this.at = end
    } while (this.isEscaped(this.at))
    this.at += 1
    return this.source.slice(start, this.at)
  }

  private isEscaped(at: number): boolean {
    let slashes = 0
    while (this.source[at - 1 - slashes] === '\\') slashes += 1
    return slashes % 2 === 1
  }
}
