import { expect, test } from 'vitest'
import { image } from '../../core/image.ts'
import { Activations } from './activations.ts'

test('activations keep the element type, as in MONAI', () => {
  const whole = Activations({ sigmoid: true })(image('int32', [1, 3, 1], Int32Array.of(-40, 0, 40)))
  expect([whole.dtype, [...(whole.data as Int32Array)]]).toEqual(['int32', [0, 0, 1]])
  const precise = Activations({ softmax: true })(image('float64', [2, 1, 1], Float64Array.of(1, 1)))
  expect([precise.dtype, [...(precise.data as Float64Array)]]).toEqual(['float64', [0.5, 0.5]])
})
