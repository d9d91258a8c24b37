/** Finds QR codes in pictures, off the rendering path. The reader is ZXing in WebAssembly, served with the page. */

import { prepareZXingModule, readBarcodes, type ReaderOptions } from 'zxing-wasm/reader'
import wasmUrl from 'zxing-wasm/reader/zxing_reader.wasm?url'
import type { Found, ReadAnswer, ReadRequest } from './reader-messages'

/** Every other frame is searched at full size only: a clear code is found in half the time, a coarse one a frame later. */
const FRAME: ReaderOptions = {
  formats: ['QRCode'],
  maxNumberOfSymbols: 3,
  returnErrors: true,
  tryInvert: false,
}
const QUICK_FRAME: ReaderOptions = { ...FRAME, tryDownscale: false }
const STILL: ReaderOptions = { ...FRAME, maxNumberOfSymbols: 8, tryInvert: true, tryDenoise: true }

const scope = self as unknown as {
  onmessage: (event: MessageEvent<ReadRequest>) => void
  postMessage(answer: ReadAnswer): void
}

const started = prepareZXingModule({ overrides: { locateFile: () => wasmUrl }, fireImmediately: true }).then(
  () => true,
  () => false,
)

scope.onmessage = async ({ data: { id, picture, isStill } }) => {
  scope.postMessage({ id, found: (await started) ? await find(pixelsOf(picture), isStill) : null })
}

async function find(pixels: ImageData, isStill: boolean): Promise<Found[]> {
  const results = await readBarcodes(pixels, isStill ? STILL : frameOptions())
  return results.map(({ text, isValid }) => ({ text, isReadable: isValid }))
}

let frames = 0

function frameOptions(): ReaderOptions {
  frames += 1
  return frames % 2 === 0 ? FRAME : QUICK_FRAME
}

let canvas: OffscreenCanvas | null = null

function pixelsOf(picture: ImageBitmap): ImageData {
  const { width, height } = picture
  if (canvas?.width !== width || canvas.height !== height) canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext('2d', { willReadFrequently: true }) as OffscreenCanvasRenderingContext2D
  context.drawImage(picture, 0, 0)
  picture.close()
  return context.getImageData(0, 0, width, height)
}
