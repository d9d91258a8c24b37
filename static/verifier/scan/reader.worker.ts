/** Finds QR codes in pictures, off the rendering path. The reader is ZXing in WebAssembly, served with the page. */

import { prepareZXingModule, readBarcodes, type ReaderOptions } from 'zxing-wasm/reader'
import wasmUrl from 'zxing-wasm/reader/zxing_reader.wasm?url'
import type { Found, ReadAnswer, ReadRequest } from './reader-messages'

const FRAME: ReaderOptions = {
  formats: ['QRCode'],
  maxNumberOfSymbols: 3,
  returnErrors: true,
  tryInvert: false,
}
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
  const results = await readBarcodes(pixels, isStill ? STILL : FRAME)
  return results.map(({ text, isValid }) => ({ text, isReadable: isValid }))
}

let canvas: OffscreenCanvas | null = null

function pixelsOf(picture: ImageBitmap | ImageData): ImageData {
  if (picture instanceof ImageData) return picture
  const { width, height } = picture
  if (canvas?.width !== width || canvas.height !== height) canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext('2d', { willReadFrequently: true }) as OffscreenCanvasRenderingContext2D
  context.drawImage(picture, 0, 0)
  picture.close()
  return context.getImageData(0, 0, width, height)
}
