import { expect, test } from 'vitest'
import { image } from '../core/image.ts'
import { displayWindowOf, windowed } from './displayWindow.ts'

const values = (...data: number[]) => image('int16', [1, data.length], Int16Array.from(data))
const shown = (...[img, window]: Parameters<typeof windowed>) => [...windowed(img, window).data].map(Number)

test('windows are those of the standard', () => {
  // PS3.3, C.11.2.1.2.1: with centre 2048 and width 4096 the stored values of 12 bits fill the scale.
  const full = { centre: 2048, width: 4096, shape: 'LINEAR' } as const
  expect(shown(values(-5, 0, 1024, 2048, 4095, 5000), full)).toEqual([0, 0, 64, 128, 255, 255])
  expect(shown(values(-1, 0, 1), { centre: 0, width: 1, shape: 'LINEAR' })).toEqual([0, 255, 255])
  expect(shown(values(-50, 0, 50), { centre: 0, width: 100, shape: 'LINEAR_EXACT' })).toEqual([0, 128, 255])
  expect(shown(values(-50, 0, 50), { centre: 0, width: 100, shape: 'SIGMOID' })).toEqual([30, 128, 225])
  expect(shown(values(-50, 50), { centre: 0, width: 100, shape: 'LINEAR_EXACT', inverted: true })).toEqual([255, 0])
  expect(() => windowed(values(1), { centre: 0, width: 0, shape: 'LINEAR' })).toThrow('windowed.width: is 0; give 1')
})

test('the declared window, else that of the values', () => {
  const attribute = (...Value: unknown[]) => ({ vr: 'DS', Value })
  const meta = { '00281050': attribute(40, 300), '00281051': attribute(400, 1500), '00280004': attribute('MONOCHROME1') } // prettier-ignore
  const ct = { ...values(-160, 240), meta }
  expect(displayWindowOf(ct)).toEqual({ centre: 40, width: 400, shape: 'LINEAR', inverted: true })
  expect(shown(ct)).toEqual([255, 0])
  expect(shown(values(...Array.from({ length: 201 }, (_, i) => i)))).toContain(128)
})
