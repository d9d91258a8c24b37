/** The browser's side of the client. */

import { createClient, type Client, type Surroundings } from './client'

/** A client that speaks the language of the page and reads the cookies of the document. */
export function browserClient(language: () => string, app?: Surroundings['app']): Client {
  return createClient({
    fetch: (input, init) => window.fetch(input, init),
    cookie: readCookie,
    isOnline: () => navigator.onLine,
    language,
    ...(app ? { app } : {}),
  })
}

/** A cookie that scripts may read, such as a CSRF token. */
export function readCookie(name: string): string | null {
  const row = document.cookie.split('; ').find(pair => pair.startsWith(`${name}=`))
  return row === undefined ? null : decodeURIComponent(row.slice(name.length + 1))
}
