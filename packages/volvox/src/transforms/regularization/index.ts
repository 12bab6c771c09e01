export { CutMix, CutMixd, CutOut, CutOutd, MixUp, MixUpd, type Mixer } from './mix.ts'
