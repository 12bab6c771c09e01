export { openInThread, type DirectSession } from './session.ts'
