export { createOnednn, onednnStatus } from './executor.ts'
export { openInThread, type DirectSession } from './session.ts'
