import { RandomState, TorchGenerator, childSeeds, type IntegerType, type Tensor } from 'volvox'
import { NotImplemented, type Area, type Results } from '../area.ts'
import type { Golden } from '../golden.ts'
import { doubles, numbersOf } from '../numbers.ts'
import { evaluate, parsePython, type Meaning } from '../python.ts'

/** Raw draws of NumPy's and torch's generators. */
export const rng: Area = {
  run(golden) {
    const run = {
      'numpy.random.RandomState': numpyDraws,
      'torch.manual_seed': torchDraws,
      'Compose.set_random_state': composeSeeds,
    }[golden.target]
    if (!run) throw new NotImplemented(golden.target)
    return run(golden)
  },
  // These go through log, exp or pow, whose last bit is the platform's; everything else must be equal.
  allowed: (golden, key, want) =>
    /normal|randn|exponential|gamma|beta/.test(textOf(golden, key.slice('out.'.length)))
      ? Math.max(golden.tolerance, 2 ** -51 * Math.max(...Array.from(numbersOf(want), Math.abs)))
      : golden.tolerance,
}

/** The draws of a case: by name, each on a fresh generator, and in a sequence on one, named by their numbers. */
function drawsOf(golden: Golden): {
  readonly fresh: Readonly<Record<string, string>>
  readonly sequence: readonly string[]
} {
  const { draws = {}, sequence = [] } = golden.call as { draws?: Record<string, string>; sequence?: string[] }
  return { fresh: draws, sequence }
}

/** The call that gave a result, or just its name where no call was recorded. */
function textOf(golden: Golden, name: string): string {
  const { fresh, sequence } = drawsOf(golden)
  return fresh[name] ?? sequence[Number(name)] ?? name
}

function numpyDraws(golden: Golden): Results {
  const seed = golden.args.seed as number | number[]
  const results: Record<string, Tensor> = { 'out.state_key': doubles(new RandomState(seed).getState().key) }
  const wanted = golden.tensors
  const { fresh, sequence } = drawsOf(golden)
  for (const [name, text] of Object.entries(fresh)) {
    const generator = new RandomState(seed)
    results[`out.${name}`] = flat(draw(generator, text), wanted[`out.${name}`])
    results[`out.after.${name}`] = doubles(generator.randomSample(2))
  }
  const generator = new RandomState(seed)
  sequence.forEach((text, i) => {
    const key = `out.${String(i).padStart(2, '0')}`
    results[key] = flat(draw(generator, text), wanted[key])
  })
  // Cases without a list of draws hold plain uniform ones.
  const plain = wanted['out.random_sample']
  if (plain && !fresh.random_sample) results['out.random_sample'] = doubles(generator.randomSample(plain.data.length))
  return results
}

/** The draw that the text of a NumPy call describes. */
function draw(rng: RandomState, text: string): unknown {
  const meaning: Meaning = {
    name: (name) => name,
    call(name, args, named, of) {
      const [a, b, c] = args as number[]
      const size = named.size as number | undefined
      switch (name) {
        case 'arange':
        case 'range':
          return Array.from({ length: a }, (_, i) => i)
        case 'list':
          return args[0]
        case 'reshape':
          return Array.from({ length: a }, (_, row) => (of as number[]).slice(row * b, (row + 1) * b))
        case 'random_sample':
          return rng.randomSample(a)
        case 'rand':
          return args.length === 0 ? rng.rand() : rng.rand(product(args))
        case 'randn':
          return rng.randn(product(args))
        case 'uniform':
          return Array.isArray(a) ? rng.uniform(a, b as unknown as number[]) : rng.uniform(a, b, c)
        case 'randint':
          return rng.randint(a, b ?? null, (c ?? size ?? 1) as number, (named.dtype ?? 'int64') as IntegerType)
        case 'normal':
          return size === undefined && c === undefined ? rng.normal(a, b) : rng.normal(a ?? 0, b ?? 1, c ?? size!)
        case 'standard_normal':
          return rng.standardNormal(a)
        case 'standard_gamma':
          return rng.standardGamma(a, b)
        case 'standard_exponential':
          return rng.standardExponential(a)
        case 'exponential':
          return rng.exponential(a ?? 1, b ?? size ?? 1)
        case 'gamma':
          return rng.gamma(a, b ?? 1, c ?? size ?? 1)
        case 'lognormal':
          return rng.lognormal(a, b, c)
        case 'beta':
          return rng.beta(a, b, c)
        case 'poisson':
          return rng.poisson(a, b)
        case 'binomial':
          return rng.binomial(a, b, c)
        case 'multinomial':
          return Array.from({ length: c }, () => rng.multinomial(a, b as unknown as number[]))
        case 'choice':
          return rng.choice(a, b ?? 1, { replace: named.replace !== false, p: (named.p ?? null) as number[] | null })
        case 'permutation':
          return rng.permutation(a)
        case 'shuffle': {
          const items = [...(args[0] as unknown[])]
          rng.shuffle(items)
          return items
        }
        case 'bytes':
          return rng.bytes(a)
        default:
          throw new NotImplemented(`RandomState.${name}`)
      }
    },
  }
  return evaluate(parsePython(text), meaning)
}

function torchDraws(golden: Golden): Results {
  const seed = golden.seed ?? 0
  const bound = (fanIn: number) => 1 / Math.sqrt(fanIn)
  const size = (name: string) => golden.tensors[`out.${name}`].data.length
  // What the recorder drew, each from a fresh generator; layers are Linear(5, 4) and Conv3d(2, 3, 3).
  const draws: Record<string, (g: TorchGenerator) => Record<string, ArrayLike<number>>> = {
    rand: (g) => ({ rand: g.rand(size('rand')) }),
    rand_double: (g) => ({ rand_double: g.randDouble(size('rand_double')) }),
    uniform_: (g) => ({ uniform_: g.uniform(-2, 3, size('uniform_')) }),
    randn_small: (g) => ({ randn_small: g.randn(size('randn_small')) }),
    randn_15: (g) => ({ randn_15: g.randn(size('randn_15')) }),
    randn_16: (g) => ({ randn_16: g.randn(size('randn_16')) }),
    randn_40: (g) => ({ randn_40: g.randn(size('randn_40')) }),
    randn_double_20: (g) => ({ randn_double_20: g.randnDouble(size('randn_double_20')) }),
    normal_: (g) => ({ normal_: g.normal(1, 2, size('normal_')) }),
    randint: (g) => ({ randint: g.randint(0, 100, size('randint')) }),
    randperm: (g) => ({ randperm: g.randperm(size('randperm')) }),
    bernoulli: (g) => ({ bernoulli: g.bernoulli(new Float32Array(size('bernoulli')).fill(0.3)) }),
    dropout: (g) => ({ dropout: g.dropoutMask(0.4, size('dropout')) }),
    multinomial: (g) => ({ multinomial: g.multinomial([0.1, 0.2, 0.3, 0.4], size('multinomial')) }),
    'linear.weight': (g) => ({
      'linear.weight': g.uniform(-bound(5), bound(5), size('linear.weight')),
      'linear.bias': g.uniform(-bound(5), bound(5), size('linear.bias')),
    }),
    'conv3d.weight': (g) => ({
      'conv3d.weight': g.uniform(-bound(54), bound(54), size('conv3d.weight')),
      'conv3d.bias': g.uniform(-bound(54), bound(54), size('conv3d.bias')),
    }),
  }
  const results: Record<string, Tensor> = {}
  for (const [name, run] of Object.entries(draws)) {
    if (!golden.tensors[`out.${name}`]) continue
    const generator = new TorchGenerator(seed)
    for (const [key, values] of Object.entries(run(generator)))
      results[`out.${key}`] = flat(values, golden.tensors[`out.${key}`])
    results[`out.after.${name}`] = doubles(generator.rand(2))
  }
  return results
}

function composeSeeds(golden: Golden): Results {
  const count = golden.tensors['out.seeds']?.data.length ?? 0
  return { 'out.seeds': doubles(childSeeds(new RandomState(golden.args.seed as number), count)) }
}

/** Nested lists as a tensor of the recorded shape, as far as the number of elements allows. */
function flat(value: unknown, want: Tensor | undefined): Tensor {
  const values = (typeof value === 'number' ? [value] : [...(value as Iterable<unknown>)].flat(2)).map(Number)
  return doubles(values, want && want.data.length === values.length ? want.shape : undefined)
}

function product(values: readonly unknown[]): number {
  return (values as number[]).reduce((a, b) => a * b, 1)
}
