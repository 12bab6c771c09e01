/**
 * The small part of Python's expressions in which some recordings note their calls: numbers, strings, lists, tuples,
 * calls with keywords, `**`, unary minus, attribute calls and one-variable list comprehensions.
 */
export type Expression =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  | {
      readonly kind: 'call'
      readonly of: Expression | null
      readonly name: string
      readonly args: readonly Expression[]
      readonly named: ReadonlyMap<string, Expression>
    }
  | { readonly kind: 'operation'; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'each'; readonly item: Expression; readonly variable: string; readonly over: Expression }

/** What names and calls mean; `of` is the object of a method call, else null. */
export interface Meaning {
  name(name: string): unknown
  call(name: string, args: readonly unknown[], named: Readonly<Record<string, unknown>>, of: unknown): unknown
}

export function evaluate(expression: Expression, meaning: Meaning): unknown {
  const value = (e: Expression) => evaluate(e, meaning)
  switch (expression.kind) {
    case 'value':
      return expression.value
    case 'name':
      return meaning.name(expression.name)
    case 'list':
      return expression.items.map(value)
    case 'operation': {
      const [left, right] = [Number(value(expression.left)), Number(value(expression.right))]
      return expression.operator === '**' ? left ** right : expression.operator === '+' ? left + right : left - right
    }
    case 'call': {
      const named = Object.fromEntries([...expression.named].map(([key, e]) => [key, value(e)]))
      return meaning.call(expression.name, expression.args.map(value), named, expression.of && value(expression.of))
    }
    case 'each': {
      const { item, variable, over } = expression
      const inside = (element: unknown): Meaning => ({
        ...meaning,
        name: (name) => (name === variable ? element : meaning.name(name)),
      })
      return (value(over) as unknown[]).map((element) => evaluate(item, inside(element)))
    }
    default:
      return expression satisfies never
  }
}

export function parsePython(text: string): Expression {
  const tokens =
    text.match(/\s*('[^']*'|"[^"]*"|\d+\.?\d*(?:e[-+]?\d+)?|\.\d+|\w+|\*\*|\S)/gy)?.map((token) => token.trim()) ?? []
  let at = 0
  const peek = () => tokens[at]
  const take = (expected?: string): string => {
    const token = tokens[at++]
    if (token === undefined || (expected !== undefined && token !== expected))
      throw new Error(`cannot read "${text}": ${token ?? 'the end'} where ${expected ?? 'more'} should come`)
    return token
  }
  const sum = (): Expression => {
    let left = power()
    while (peek() === '+' || peek() === '-') left = { kind: 'operation', operator: take(), left, right: power() }
    return left
  }
  const power = (): Expression => {
    if (peek() === '-') {
      take()
      return { kind: 'operation', operator: '-', left: { kind: 'value', value: 0 }, right: power() }
    }
    const left = trailer(atom())
    if (peek() !== '**') return left
    take()
    return { kind: 'operation', operator: '**', left, right: power() }
  }
  const trailer = (start: Expression): Expression => {
    let expression = start
    while (peek() === '.' || peek() === '(') {
      if (peek() === '.') {
        take()
        expression = call(expression, take())
      } else if (expression.kind === 'name') expression = call(null, expression.name)
      else throw new Error(`cannot read "${text}": only names can be called`)
    }
    return expression
  }
  const call = (of: Expression | null, name: string): Expression => {
    const args: Expression[] = []
    const named = new Map<string, Expression>()
    take('(')
    while (peek() !== ')') {
      if (tokens[at + 1] === '=') {
        const key = take()
        take('=')
        named.set(key, sum())
      } else args.push(sum())
      if (peek() === ',') take()
    }
    take(')')
    return { kind: 'call', of, name, args, named }
  }
  const sequence = (close: string): Expression => {
    const items: Expression[] = []
    let tuple = close === ']'
    while (peek() !== close) {
      items.push(sum())
      if (peek() === 'for') {
        take()
        const variable = take()
        take('in')
        const over = sum()
        take(close)
        return { kind: 'each', item: items[0], variable, over }
      }
      if (peek() === ',') {
        take()
        tuple = true
      }
    }
    take(close)
    return tuple || items.length !== 1 ? { kind: 'list', items } : items[0]
  }
  const atom = (): Expression => {
    const token = take()
    if (token === '[') return sequence(']')
    if (token === '(') return sequence(')')
    if (/^['"]/.test(token)) return { kind: 'value', value: token.slice(1, -1) }
    if (/^[\d.]/.test(token)) return { kind: 'value', value: Number(token) }
    if (token === 'True' || token === 'False') return { kind: 'value', value: token === 'True' }
    if (token === 'None') return { kind: 'value', value: null }
    return { kind: 'name', name: token }
  }
  const expression = sum()
  if (at < tokens.length) throw new Error(`cannot read "${text}": "${peek()}" is left over`)
  return expression
}
