import { joinedBytes } from '../../core/lists.ts'

/** Writes a pickle of protocol 2, operation by operation. */
export class PickleWriter {
  private readonly parts: Uint8Array[] = [Uint8Array.of(0x80, 2)]

  none(): void {
    this.byte('N')
  }

  bool(value: boolean): void {
    this.parts.push(Uint8Array.of(value ? 0x88 : 0x89))
  }

  int(value: number | bigint): void {
    if (typeof value === 'number' && value >= -(2 ** 31) && value < 2 ** 31)
      return this.number('J', 4, (v) => v.setInt32(0, value, true))
    const bytes = integerBytes(BigInt(value))
    this.parts.push(Uint8Array.of(0x8a, bytes.length), bytes)
  }

  float(value: number): void {
    this.number('G', 8, (view) => view.setFloat64(0, value, false))
  }

  text(value: string): void {
    const bytes = new TextEncoder().encode(value)
    this.number('X', 4, (view) => view.setUint32(0, bytes.length, true))
    this.parts.push(bytes)
  }

  /** Refers to a name; it is only looked up by whoever reads it. */
  name(module: string, name: string): void {
    this.byte('c')
    this.parts.push(new TextEncoder().encode(`${module}\n${name}\n`))
  }

  list(items: () => void): void {
    this.byte(']')
    this.marked(items, 'e')
  }

  tuple(items: () => void): void {
    this.marked(items, 't')
  }

  /** `entries` writes keys and values in turn. */
  dictionary(entries: () => void): void {
    this.byte('}')
    this.marked(entries, 'u')
  }

  /** What calling a name with arguments gives. */
  call(module: string, name: string, args: () => void): void {
    this.name(module, name)
    this.tuple(args)
    this.byte('R')
  }

  persistent(id: () => void): void {
    this.tuple(id)
    this.byte('Q')
  }

  end(): Uint8Array {
    this.byte('.')
    return joinedBytes(this.parts)
  }

  private marked(items: () => void, end: string): void {
    this.byte('(')
    items()
    this.byte(end)
  }

  private byte(letter: string): void {
    this.parts.push(Uint8Array.of(letter.charCodeAt(0)))
  }

  private number(letter: string, bytes: number, set: (view: DataView) => void): void {
    const out = new Uint8Array(bytes)
    set(new DataView(out.buffer))
    this.byte(letter)
    this.parts.push(out)
  }
}

/** Two's complement, least significant byte first, as short as it goes. */
function integerBytes(value: bigint): Uint8Array {
  let length = 1
  while (BigInt.asIntN(8 * length, value) !== value) length++
  return Uint8Array.from({ length }, (_, i) => Number((value >> BigInt(8 * i)) & 255n))
}
