import { expect, test, vi } from 'vitest'
import { terminal } from './io.ts'

test('names in a file cannot steer the terminal', () => {
  const written: string[] = []
  const spies = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockImplementation((text) => written.push(String(text)) > 0),
  )
  terminal().print('conv\x1b[2J.weight\tfloat32')
  terminal().note('a\rb\n  at c')
  for (const spy of spies) spy.mockRestore()
  expect(written).toEqual(['conv\\x1b[2J.weight\tfloat32\n', 'a\\x0db\n  at c\n'])
})
