import { seenAs } from '../forms.ts'
import type { Lower } from './lowering.ts'

/** One copy for each corner that goes elsewhere than its neighbours: of two stretches along each axis that is rolled. */
export const roll: Lower<'roll'> = (plan, { inputs: [x], output, attrs: { shifts } }) => {
  const arrived = plan.form(x)
  const { dense, blocks } = arrived.layout
  const keeps = dense && blocks.every(({ axis }) => shifts[axis] === 0)
  const from = keeps ? arrived : plan.rows(x)
  const { layout } = from
  const to = plan.output(output, layout)
  const corners = shifts.reduce<readonly Corner[]>(
    (list, shift, axis) => {
      const n = x.shape[axis]
      const stretches: readonly (readonly [number, number, number])[] =
        shift === 0
          ? [[0, 0, n]]
          : [
              [0, shift, n - shift],
              [n - shift, 0, shift],
            ]
      return list.flatMap((corner) =>
        stretches.map(([source, target, length]) => ({
          from: [...corner.from, source],
          to: [...corner.to, target],
          sizes: [...corner.sizes, length],
        })),
      )
    },
    [{ from: [], to: [], sizes: [] }],
  )
  for (const corner of corners) {
    const source = plan.api.part(layout, corner.sizes, corner.from)
    const target = plan.api.part(layout, corner.sizes, corner.to)
    plan.copy(seenAs(from, source), seenAs(to, target))
  }
}

interface Corner {
  readonly from: readonly number[]
  readonly to: readonly number[]
  readonly sizes: readonly number[]
}
