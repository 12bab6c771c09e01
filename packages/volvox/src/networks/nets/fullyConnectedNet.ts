import { bool, count, ints, text } from '../../core/options.ts'
import type { Value } from '../../graph/ir.ts'
import * as m from '../../graph/math.ts'
import { adn } from '../blocks/convolutions.ts'
import { reparameterised } from '../blocks/latent.ts'
import { linear } from '../blocks/linear.ts'
import { flattened } from '../blocks/simple.ts'
import type { NetworkInput } from '../inputs.ts'
import { layer, sequential, type Layer } from '../layer.ts'
import { activation, namedOrNumber, type Named } from '../named.ts'
import { network } from '../network.ts'

const options = {
  inChannels: count.req('Numbers in.'),
  outChannels: count.req('Numbers out.'),
  dropout: namedOrNumber.nullable().opt('Chance of dropout; none when null.', null),
  act: activation.nullable().opt('Activation; none when null.', 'PRELU'),
  bias: bool.opt('Whether linear layers have a bias.', true),
  adnOrdering: text.opt('Order of activation (A), dropout (D) and norm (N, here none); NDA when null.', null),
}

const vectors = ({ inChannels }: { readonly inChannels: number }): readonly NetworkInput[] => [
  { name: 'x', about: `vectors [N, ${inChannels}]`, shape: ([n]) => [n, inChannels] },
]

/** Linear layers with activations between them (MONAI FullyConnectedNet). */
export const FullyConnectedNet = network({
  name: 'FullyConnectedNet',
  options: { ...options, hiddenChannels: ints.req('Numbers after each hidden layer.') },
  inputs: vectors,
  build({ inChannels, outChannels, hiddenChannels, bias, ...after }) {
    const hidden = chain(inChannels, hiddenChannels, (from, to, i) => [
      `hidden_${i}`,
      sequential([linear(from, to, { bias }), afterLinear(after)]),
    ])
    return sequential({
      flatten: flattened('FullyConnectedNet', inChannels),
      ...Object.fromEntries(hidden),
      output: linear(hiddenChannels.at(-1) ?? inChannels, outChannels, { bias }),
    })
  },
})

/**
 * Linear layers to a few normally distributed numbers and from them to the result, which is put between 0 and 1 (MONAI
 * VarFullyConnectedNet). Gives the result, the means, the logarithms of the variances, and the sample.
 */
export const VarFullyConnectedNet = network({
  name: 'VarFullyConnectedNet',
  options: {
    ...options,
    latentSize: count.req('Numbers in the middle.'),
    encodeChannels: ints.req('Numbers after each layer before the middle.'),
    decodeChannels: ints.req('Numbers after each layer behind the middle.'),
  },
  inputs: vectors,
  build({ inChannels, outChannels, latentSize, encodeChannels, decodeChannels, bias, ...after }) {
    const ADN = afterLinear(after) // one for all layers: its slopes are shared
    const one = (from: number, to: number): Layer => sequential({ 0: linear(from, to, { bias }), ADN })
    const encoded = encodeChannels.at(-1) ?? inChannels
    const decoded = decodeChannels.at(-1) ?? encoded
    const encode = chain(inChannels, encodeChannels, (from, to, i) => [`encode_${i}`, one(from, to)])
    const decode = chain(encoded, decodeChannels, (from, to, i) => [`decode${i}`, one(from, to)])
    return layer({
      children: {
        flatten: flattened('VarFullyConnectedNet', inChannels),
        encode: sequential(Object.fromEntries(encode)),
        decode: sequential({ ...Object.fromEntries(decode), final: linear(decoded, outChannels, { bias }) }),
        adn_layer: ADN,
        mu: linear(encoded, latentSize),
        logvar: linear(encoded, latentSize),
        decodeL: linear(latentSize, encoded),
      },
      forward(own, [x], context): readonly Value[] {
        const between = own.encode(own.flatten(x))
        const [mu, logvar] = [own.mu(between), own.logvar(between)]
        const z = reparameterised(mu, logvar, context)
        return [m.sigmoid(own.decode(m.relu(own.decodeL(z)))), mu, logvar, z]
      },
    })
  },
})

function afterLinear({
  adnOrdering,
  act,
  dropout,
}: {
  readonly adnOrdering: string | null
  readonly act: Named | null
  readonly dropout: Named | number | null
}): Layer {
  return adn(1, { ordering: adnOrdering || undefined, act, dropout })
}

function chain<T>(first: number, widths: readonly number[], make: (from: number, to: number, i: number) => T): T[] {
  return widths.map((width, i) => make(i === 0 ? first : widths[i - 1], width, i))
}
