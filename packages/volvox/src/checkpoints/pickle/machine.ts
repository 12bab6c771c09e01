import { FormatError } from '../../core/errors.ts'
import { PyName, told, type TorchValue } from '../values.ts'
import type { Cursor } from './cursor.ts'

/** What the names in a pickle mean. All that reading can do is here: there is no other code that a pickle can reach. */
export interface Meanings {
  /** The value of a name; throws for one that is not on the list. */
  find(name: PyName): TorchValue
  /** What calling a name gives. */
  call(name: PyName, args: readonly TorchValue[]): TorchValue
  /** A new object of a class. */
  make(name: PyName, args: readonly TorchValue[]): TorchValue
  /** Gives an object the state that it was saved with. */
  build(object: TorchValue, state: TorchValue): void
  /** What lies outside of the pickle: a storage. */
  persistent(id: TorchValue): TorchValue
}

/** More than any checkpoint needs, and few enough not to exhaust a machine. */
const limits = { steps: 100_000_000, stack: 5_000_000, marks: 1000, memo: 10_000_000 }

/** The state of a pickle that is being read: a stack of values, marks in it, and remembered values. */
export class Machine {
  readonly stack: TorchValue[] = []
  readonly memo: Map<number, TorchValue> = new Map()
  readonly cursor: Cursor
  readonly meanings: Meanings
  readonly where: string
  done = false
  private readonly marks: number[] = []
  private steps = 0

  constructor(cursor: Cursor, meanings: Meanings, where: string) {
    this.cursor = cursor
    this.meanings = meanings
    this.where = where
  }

  refuse(problem: string): never {
    throw new FormatError(this.where, problem)
  }

  /** Counts an operation. */
  step(): void {
    if (++this.steps > limits.steps)
      this.refuse(`takes more than ${limits.steps} operations to read; it is damaged or made to keep readers busy`)
  }

  push(value: TorchValue): void {
    if (this.stack.length >= limits.stack)
      this.refuse(`stacks more than ${limits.stack} values; it is damaged or made to exhaust memory`)
    this.stack.push(value)
  }

  pop(): TorchValue {
    this.expect(1)
    return this.stack.pop()!
  }

  top(): TorchValue {
    this.expect(1)
    return this.stack[this.stack.length - 1]
  }

  mark(): void {
    if (this.marks.length >= limits.marks)
      this.refuse(`nests its values more than ${limits.marks} deep; it is damaged or made to exhaust memory`)
    this.marks.push(this.stack.length)
  }

  /** The values since the last mark. */
  popMark(): TorchValue[] {
    const start = this.marks.pop()
    if (start === undefined) this.refuse('ends a list that was not begun; the pickle is damaged')
    return this.stack.splice(start)
  }

  /** The last so many values, in order. */
  popSome(count: number): TorchValue[] {
    this.expect(count)
    return this.stack.splice(this.stack.length - count)
  }

  popName(): PyName {
    const value = this.pop()
    return value instanceof PyName ? value : this.refuse(`calls ${told(value)}, which is no function of the list`)
  }

  popArguments(): readonly TorchValue[] {
    const value = this.pop()
    return Array.isArray(value)
      ? value
      : this.refuse('calls a function without a tuple of arguments; the pickle is damaged')
  }

  remember(index: number): void {
    if (this.memo.size >= limits.memo)
      this.refuse(`remembers more than ${limits.memo} values; it is damaged or made to exhaust memory`)
    this.memo.set(index, this.top())
  }

  recall(index: number): void {
    const value = this.memo.get(index)
    if (value === undefined) this.refuse(`uses value ${index} before it is there; the pickle is damaged`)
    this.push(value)
  }

  private expect(count: number): void {
    const floor = this.marks.at(-1) ?? 0
    if (this.stack.length - count < floor) this.refuse('takes a value where there is none; the pickle is damaged')
  }
}
