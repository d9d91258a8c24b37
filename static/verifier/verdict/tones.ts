/** Each outcome sounds and feels different, so that eyes may stay on the person at the window. */

import type { Outcome } from '@shared/verify'

/** `attend`: it cannot be told from here, and a person looks at the plastic card. */
export type Signal = Outcome | 'attend' | 'hindrance'

/** Hertz and seconds; one note after the other. */
type Note = readonly [pitch: number, length: number]

interface Pattern {
  readonly wave: OscillatorType
  readonly notes: readonly Note[]
  /** Milliseconds on, off, on … */
  readonly vibration: readonly number[]
}

const PATTERNS: Readonly<Record<Signal, Pattern>> = {
  valid: {
    wave: 'sine',
    notes: [
      [880, 0.09],
      [1320, 0.16],
    ],
    vibration: [80],
  },
  revoked: {
    wave: 'square',
    notes: [
      [196, 0.16],
      [0, 0.06],
      [196, 0.16],
      [0, 0.06],
      [196, 0.28],
    ],
    vibration: [200, 80, 200, 80, 300],
  },
  invalid: {
    wave: 'square',
    notes: [
      [233, 0.16],
      [0, 0.06],
      [175, 0.32],
    ],
    vibration: [200, 80, 200],
  },
  expired: {
    wave: 'triangle',
    notes: [
      [660, 0.12],
      [440, 0.26],
    ],
    vibration: [120, 60, 120],
  },
  unknown: {
    wave: 'triangle',
    notes: [
      [392, 0.14],
      [0, 0.08],
      [392, 0.14],
    ],
    vibration: [60, 60, 60, 60, 60],
  },
  attend: {
    wave: 'sine',
    notes: [
      [523, 0.14],
      [0, 0.04],
      [659, 0.14],
      [0, 0.04],
      [523, 0.2],
    ],
    vibration: [100, 60, 100, 60, 100],
  },
  hindrance: { wave: 'sine', notes: [[330, 0.12]], vibration: [40] },
}

const VOLUME = 0.22
const FADE = 0.012

export class Announcer {
  private context: AudioContext | null = null

  /** Browsers let a page sound only after a touch or a key: call it on the first one. */
  unlock(): void {
    this.context ??= 'AudioContext' in window ? new AudioContext() : null
    if (this.context?.state === 'suspended') void this.context.resume()
  }

  announce(signal: Signal, isAudible: boolean): void {
    const pattern = PATTERNS[signal]
    if (isAudible) this.play(pattern)
    if ('vibrate' in navigator && navigator.userActivation?.hasBeenActive)
      navigator.vibrate([...pattern.vibration])
  }

  private play({ wave, notes }: Pattern): void {
    const { context } = this
    if (context?.state !== 'running') return
    let at = context.currentTime
    for (const [pitch, length] of notes) {
      if (pitch > 0) sound(context, wave, pitch, at, at + length)
      at += length
    }
  }
}

function sound(
  context: AudioContext,
  wave: OscillatorType,
  pitch: number,
  from: number,
  until: number,
): void {
  const oscillator = context.createOscillator()
  const volume = context.createGain()
  oscillator.type = wave
  oscillator.frequency.value = pitch
  volume.gain.setValueAtTime(0, from)
  volume.gain.linearRampToValueAtTime(wave === 'square' ? VOLUME / 2 : VOLUME, from + FADE)
  volume.gain.setValueAtTime(wave === 'square' ? VOLUME / 2 : VOLUME, until - FADE)
  volume.gain.linearRampToValueAtTime(0, until)
  oscillator.connect(volume).connect(context.destination)
  oscillator.start(from)
  oscillator.stop(until)
}
