import type { TorchValue } from './values.ts'

/** What a file of PyTorch's holds: what `torch.save` or `torch.jit.save` was given. */
export interface TorchFile {
  /** `zip` is written since PyTorch 1.6, `legacy` before; a TorchScript archive holds a program too, which is left alone. */
  readonly container: 'zip' | 'legacy' | 'torchscript'
  readonly value: TorchValue
}
