// @vitest-environment node
import { beforeEach, describe, expect, it } from 'vitest'
import { readPicture } from '../../verifier/scan/picture'
import { ReaderError, WorkerReader, type ReaderWorker } from '../../verifier/scan/reader'
import type { Found, ReadAnswer, ReadRequest } from '../../verifier/scan/reader-messages'

class FakeWorker implements ReaderWorker {
  private readonly events = new EventTarget()
  readonly asked: ReadRequest[] = []
  isRunning = true

  postMessage(request: ReadRequest): void {
    this.asked.push(request)
  }

  answer(at: number, found: readonly Found[] | null): void {
    const data: ReadAnswer = { id: this.asked[at]?.id ?? -1, found }
    this.events.dispatchEvent(new MessageEvent('message', { data }))
  }

  addEventListener(type: string, listener: (event: never) => void): void {
    this.events.addEventListener(type, listener as (event: Event) => void)
  }

  die(): void {
    this.events.dispatchEvent(new Event('error'))
  }

  terminate(): void {
    this.isRunning = false
  }
}

const PICTURE = {} as ImageBitmap
const FOUND = [{ text: '351', isReadable: true }]
let worker: FakeWorker
let reader: WorkerReader

beforeEach(() => {
  worker = new FakeWorker()
  reader = new WorkerReader(worker)
})

describe('the reader', () => {
  it('gives each question its own answer, in whatever order they come', async () => {
    const [first, second] = [reader.read(PICTURE), reader.read(PICTURE)]
    worker.answer(1, [])
    worker.answer(0, FOUND)
    expect(await first).toEqual(FOUND)
    expect(await second).toEqual([])
  })

  it('says that it did not start', async () => {
    const answer = reader.read(PICTURE)
    worker.answer(0, null)
    await expect(answer).rejects.toBeInstanceOf(ReaderError)
  })

  it('leaves nobody waiting when the worker dies or is closed', async () => {
    const answer = reader.read(PICTURE)
    worker.die()
    await expect(answer).rejects.toBeInstanceOf(ReaderError)
    await expect(reader.read(PICTURE)).rejects.toBeInstanceOf(ReaderError)
    reader.close()
    expect(worker.isRunning).toBe(false)
  })

  it('that does not run is a hindrance of its own for a picture', async () => {
    const picture = { width: 800, height: 600, close: () => undefined } as ImageBitmap
    globalThis.createImageBitmap = () => Promise.resolve(picture)
    reader.close()
    expect(await readPicture(new Blob(), reader)).toEqual({ hindrance: 'no_reader' })
  })
})
