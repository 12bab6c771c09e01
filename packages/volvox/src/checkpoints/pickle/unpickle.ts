import type { TorchValue } from '../values.ts'
import type { Cursor } from './cursor.ts'
import { Machine, type Meanings } from './machine.ts'
import { operations, refused } from './operations.ts'

/**
 * The value of the pickle at the cursor, which is left behind its end. Nothing is executed: names mean what `meanings`
 * says and nothing else, and every operation is bounded. `where` names the file in errors.
 */
export function unpickle(cursor: Cursor, meanings: Meanings, where: string): TorchValue {
  const machine = new Machine(cursor, meanings, where)
  while (!machine.done) {
    machine.step()
    const code = cursor.u8()
    const operation = operations[code]
    if (operation) operation(machine)
    else if (code in refused)
      machine.refuse(
        `uses the pickle operation ${refused[code]}, which no checkpoint needs; it is not read, as it may be harmful`,
      )
    else
      machine.refuse(`has the unknown pickle operation 0x${code.toString(16)} at byte ${cursor.at - 1}; it is damaged`)
  }
  const value = machine.pop()
  if (machine.stack.length > 0) machine.refuse(`leaves ${machine.stack.length} values unused; the pickle is damaged`)
  return value
}
