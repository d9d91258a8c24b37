/** A camera that is off, opening or live, with its choices, its light and what it reads. */

import { computed, nextTick, onBeforeUnmount, ref, shallowRef, type Ref } from 'vue'
import {
  CameraError,
  closeCamera,
  hasTorch,
  listCameras,
  openCamera,
  setTorch,
  type CameraChoice,
  type CameraFault,
} from './camera'
import { FrameLoop, type FrameReading } from './frame-loop'
import type { Reader } from './reader'

/** So many unreadable frames in a row mean a person who waits, not a hand in motion. */
const PATIENCE = 8

export interface CameraParts {
  readonly video: Readonly<Ref<HTMLVideoElement | null>>
  readonly reader: Reader
  /** The chosen camera's device id; empty for the one that looks away from the screen. */
  readonly cameraId: () => string
  readonly onReading: (reading: FrameReading) => void
}

export function useCamera({ video, reader, cameraId, onReading }: CameraParts) {
  const state = ref<'off' | 'opening' | 'live'>('off')
  const fault = ref<CameraFault | null>(null)
  const cameras = shallowRef<CameraChoice[]>([])
  /** Null for a camera without a light. */
  const torch = ref<boolean | null>(null)
  const stream = shallowRef<MediaStream | null>(null)
  const unreadable = ref(0)
  let loop: FrameLoop | null = null

  async function open(): Promise<void> {
    if (state.value === 'opening') return
    shut()
    state.value = 'opening'
    fault.value = null
    try {
      stream.value = await openCamera(cameraId())
      await show(stream.value)
    } catch (error) {
      if (!(error instanceof CameraError)) throw error
      fail(error.fault)
    }
  }

  async function show(opened: MediaStream): Promise<void> {
    state.value = 'live'
    await nextTick()
    if (!video.value) return shut()
    video.value.srcObject = opened
    // A browser that will not play without a touch says so here; the picture then starts with the first touch.
    await video.value.play().catch(() => undefined)
    opened.getVideoTracks()[0]?.addEventListener('ended', () => fail('none')) // unplugged
    cameras.value = await listCameras()
    torch.value = hasTorch(opened) ? false : null
    loop = new FrameLoop(video.value, reader, { onReading: take, onBroken: () => fail('no_reader') })
    loop.start()
  }

  function take(reading: FrameReading): void {
    const isUnreadable = 'hindrance' in reading.reading && reading.reading.hindrance === 'unreadable'
    unreadable.value = isUnreadable ? unreadable.value + 1 : 0
    onReading(reading)
  }

  function fail(reason: CameraFault): void {
    shut()
    fault.value = reason
  }

  function shut(): void {
    loop?.stop()
    loop = null
    if (stream.value) closeCamera(stream.value)
    stream.value = null
    unreadable.value = 0
    state.value = 'off'
  }

  async function toggleTorch(): Promise<void> {
    if (!stream.value || torch.value === null) return
    torch.value = !torch.value
    await setTorch(stream.value, torch.value).catch(() => (torch.value = null))
  }

  onBeforeUnmount(shut)

  const currentId = computed(() => stream.value?.getVideoTracks()[0]?.getSettings().deviceId ?? '')
  const isTooFar = computed(() => unreadable.value >= PATIENCE)
  return { state, fault, cameras, torch, currentId, isTooFar, open, shut, toggleTorch }
}
