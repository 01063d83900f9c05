export { createLogger, type ClosableLogger, type LoggerSettings } from './create-logger.js';
export { type RotatingFileSettings } from './rotating-file.js';
export { tailLogFile, type TailSettings } from './tail-log-file.js';
export { REDACTED } from './redact.js';
