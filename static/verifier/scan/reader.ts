/** The page's side of the reader: one question, one answer. */

import type { Found, ReadAnswer, ReadRequest } from './reader-messages'

/** The part of a Worker that is used. */
export interface ReaderWorker {
  postMessage(request: ReadRequest, transfer: Transferable[]): void
  addEventListener(type: 'message', listener: (event: MessageEvent<ReadAnswer>) => void): void
  terminate(): void
}

export interface Reader {
  read(picture: ImageBitmap, options?: { isStill: boolean }): Promise<readonly Found[]>
}

export class WorkerReader implements Reader {
  private readonly waiting = new Map<number, (found: readonly Found[]) => void>()
  private count = 0

  constructor(private readonly worker: ReaderWorker = startWorker()) {
    worker.addEventListener('message', ({ data }) => {
      this.waiting.get(data.id)?.(data.found)
      this.waiting.delete(data.id)
    })
  }

  read(picture: ImageBitmap, { isStill } = { isStill: false }): Promise<readonly Found[]> {
    this.count += 1
    const id = this.count
    const answer = new Promise<readonly Found[]>(resolve => this.waiting.set(id, resolve))
    this.worker.postMessage({ id, picture, isStill }, [picture])
    return answer
  }

  close(): void {
    this.worker.terminate()
  }
}

const startWorker = (): ReaderWorker =>
  new Worker(new URL('./reader.worker.ts', import.meta.url), { type: 'module', name: 'qr-reader' })
