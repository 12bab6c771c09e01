import {
  ConfigError,
  DataError,
  FormatError,
  GraphError,
  MissingError,
  OptionError,
  ShapeError,
  VolvoxError,
  type ErrorCode,
} from './errors.ts'

/** An error as plain data; `postMessage` drops classes and fields of errors. */
export interface WireError {
  readonly message: string
  readonly stack: string | undefined
  /** Set for a VolvoxError. */
  readonly code?: ErrorCode
  readonly where?: string
}

const classes: Record<ErrorCode, new (where: string, problem: string) => VolvoxError> = {
  OPTION: OptionError,
  SHAPE: ShapeError,
  FORMAT: FormatError,
  CONFIG: ConfigError,
  GRAPH: GraphError,
  DATA: DataError,
  MISSING: MissingError,
}

/** An error on its way between threads. */
export function toWire(error: unknown): WireError {
  if (!(error instanceof Error)) return { message: String(error), stack: undefined }
  const { message, stack } = error
  return error instanceof VolvoxError ? { message, stack, code: error.code, where: error.where } : { message, stack }
}

/** The error again, of its class and with the stack of where it was thrown. */
export function fromWire({ message, stack, code, where = '' }: WireError): Error {
  const error = code ? new classes[code](where, message.slice(where.length + 2)) : new Error(message)
  if (stack !== undefined) error.stack = stack
  return error
}
