import { expect, test } from 'vitest'
import { tensor } from '../core/tensor.ts'
import { gradients } from './autodiff.ts'
import { evaluate } from './interpret/index.ts'
import { input } from './ir.ts'
import * as m from './math.ts'
import { cos, sin } from './waves.ts'

const places = [-1000.5, -7, -Math.PI / 4, 0, 0.1, 0.785, 0.79, 2, 3.2, 4.7, 6.1, 999, 31415.9]
const feeds = { x: tensor('float64', [places.length], Float64Array.from(places)) }
const x = input('x', { dtype: 'float64', shape: [places.length] })

test('sines and cosines, and their gradients', () => {
  const [s, c] = [sin(x), cos(x)]
  const [sines, cosines, sineSlopes, cosineSlopes] = evaluate(
    [s, c, ...gradients(m.sum(s), [x]), ...gradients(m.sum(c), [x])],
    feeds,
  )
  places.forEach((place, i) => {
    expect(sines.data[i]).toBeCloseTo(Math.sin(place), 7)
    expect(cosines.data[i]).toBeCloseTo(Math.cos(place), 7)
    expect(sineSlopes.data[i]).toBeCloseTo(Math.cos(place), 7)
    expect(cosineSlopes.data[i]).toBeCloseTo(-Math.sin(place), 7)
  })
})
