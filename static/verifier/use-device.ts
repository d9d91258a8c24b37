import { inject } from 'vue'
import { deviceKey, type Device } from './device/device'

/** The device that the views below `DeviceView` belong to. */
export function useDevice(): Device {
  const device = inject(deviceKey)
  if (device === undefined) throw new Error('no device is provided')
  return device
}
