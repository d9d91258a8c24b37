/** The camera: opening it, choosing one, its light, and a steady supply of frames. */

/** `no_reader`: the camera would run, but nothing can read its picture. */
export type CameraFault = 'denied' | 'none' | 'busy' | 'unsupported' | 'no_reader'

export class CameraError extends Error {
  override readonly name = 'CameraError'

  constructor(readonly fault: CameraFault) {
    super(fault)
  }
}

export interface CameraChoice {
  readonly id: string
  readonly label: string
}

interface TorchCapabilities extends MediaTrackCapabilities {
  torch?: boolean
}

const FAULTS: Readonly<Record<string, CameraFault>> = {
  NotAllowedError: 'denied',
  SecurityError: 'denied',
  NotFoundError: 'none',
  OverconstrainedError: 'none',
  NotReadableError: 'busy',
  AbortError: 'busy',
}

/** Opens the camera `id`, or without one the camera that looks away from the screen. */
export async function openCamera(id: string): Promise<MediaStream> {
  const which: MediaTrackConstraints =
    id === '' ? { facingMode: { ideal: 'environment' } } : { deviceId: { exact: id } }
  const video = { ...which, width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } }
  const devices = navigator.mediaDevices as MediaDevices | undefined
  if (devices === undefined) throw new CameraError('unsupported')
  try {
    return await devices.getUserMedia({ video, audio: false })
  } catch (error) {
    if (id !== '' && error instanceof DOMException && FAULTS[error.name] === 'none') return openCamera('')
    throw asCameraError(error)
  }
}

export async function listCameras(): Promise<CameraChoice[]> {
  const devices = await navigator.mediaDevices.enumerateDevices()
  return devices
    .filter(device => device.kind === 'videoinput' && device.deviceId !== '')
    .map(({ deviceId, label }) => ({ id: deviceId, label }))
}

export function hasTorch(stream: MediaStream): boolean {
  const [track] = stream.getVideoTracks()
  const capabilities = track?.getCapabilities?.() as TorchCapabilities | undefined
  return capabilities?.torch === true
}

export async function setTorch(stream: MediaStream, torch: boolean): Promise<void> {
  const [track] = stream.getVideoTracks()
  await track?.applyConstraints({ advanced: [{ torch } as MediaTrackConstraintSet] })
}

export function closeCamera(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop()
}

function asCameraError(error: unknown): Error {
  if (!(error instanceof DOMException))
    return error instanceof TypeError ? new CameraError('unsupported') : (error as Error)
  return new CameraError(FAULTS[error.name] ?? 'busy')
}
