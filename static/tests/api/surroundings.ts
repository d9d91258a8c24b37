/** A server that answers from a script, for tests of the client. */

import type { Surroundings } from '@shared/api/client'

export interface Sent {
  method: string
  path: string
  headers: Record<string, string>
  body: unknown
}

type Answer = Response | Error | ((request: Sent) => Response | Promise<Response>)

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'Content-Type': 'application/json', ...headers },
  })
}

export function problem(
  status: number,
  code: string,
  more: Record<string, unknown> = {},
  headers = {},
): Response {
  return json(
    status,
    { type: 'about:blank', title: code, status, code, detail: `the server on ${code}`, ...more },
    { 'Content-Type': 'application/problem+json', ...headers },
  )
}

/** `answers` are given by path, in order; the last one of a path is given for ever. */
export function aServer(answers: Record<string, Answer[]>, overrides: Partial<Surroundings> = {}) {
  const sent: Sent[] = []
  const surroundings: Surroundings = {
    async fetch(input, init) {
      const request = {
        method: init.method ?? 'GET',
        path: input,
        headers: init.headers as Record<string, string>,
        body: init.body ? (JSON.parse(String(init.body)) as unknown) : undefined,
      }
      sent.push(request)
      const queue = answers[input.split('?')[0] ?? ''] ?? []
      const answer = queue.length > 1 ? queue.shift() : queue[0]
      if (answer === undefined) throw new TypeError(`nothing was prepared for ${input}`)
      if (answer instanceof Error) throw answer
      return answer instanceof Response ? answer.clone() : answer(request)
    },
    cookie: name => ({ ecard_csrf: 'access-token', ecard_refresh_csrf: 'refresh-token' })[name] ?? null,
    isOnline: () => true,
    language: () => 'zh-CN',
    ...overrides,
  }
  return { surroundings, sent }
}
