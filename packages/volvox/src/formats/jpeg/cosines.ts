/** Bits behind the point of the factors below. */
export const scaleBits = 13
const fix = (value: number): number => Math.round(value * (1 << scaleBits))

// Factors of the cosine transform of Loeffler, Ligtenberg and Moschytz (1989), and of its inverse.
export const c0298 = fix(0.298631336)
export const c0390 = fix(0.39018064)
export const c0541 = fix(0.5411961)
export const c0765 = fix(0.765366865)
export const c0899 = fix(0.899976223)
export const c1175 = fix(1.175875602)
export const c1501 = fix(1.50132111)
export const c1847 = fix(1.847759065)
export const c1961 = fix(1.96157056)
export const c2053 = fix(2.053119869)
export const c2562 = fix(2.562915447)
export const c3072 = fix(3.072711026)
