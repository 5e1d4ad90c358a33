import type { ColorChoice } from '../arguments/exec.ts'

/** Puts a text into a style; without colours it gives the text back. */
export interface Style {
  bold(text: string): string
  dim(text: string): string
  red(text: string): string
  green(text: string): string
  yellow(text: string): string
  cyan(text: string): string
}

/** Colours where they were asked for, else on a terminal whose user has not declined them (https://no-color.org). */
export function wantsColor(choice: ColorChoice, isTerminal: boolean, variables: Readonly<Record<string, string | undefined>>): boolean {
  if (choice !== 'auto') return choice === 'always'
  return isTerminal && (variables['NO_COLOR'] ?? '') === '' && variables['TERM'] !== 'dumb'
}

export function createStyle(color: boolean): Style {
  const between =
    (open: number, close: number) =>
    (text: string): string =>
      color && text !== '' ? `\u001B[${open}m${text}\u001B[${close}m` : text
  return {
    bold: between(1, 22),
    dim: between(2, 22),
    red: between(31, 39),
    green: between(32, 39),
    yellow: between(33, 39),
    cyan: between(36, 39),
  }
}

/**
 * Text of a model or a command made fit for a terminal: colours, cursor movements and control characters are dropped, and characters
 * that reorder text are shown as their code, so that nothing can pass for what it is not. Newlines and tabs stay, and so does the text
 * of longer sequences (titles, links): what a command contains must not be hidden from whoever is asked about it.
 */
export function printable(text: string): string {
  return (
    text
      // oxlint-disable-next-line no-control-regex
      .replace(/(?:\u001B\[|\u009B)[\d:;?]*[A-Za-z]/g, '')
      .replace(/\r\n?/g, '\n')
      // oxlint-disable-next-line no-control-regex
      .replace(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g, '')
      .replace(/[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/g, (hidden) => `\\u${hidden.charCodeAt(0).toString(16).padStart(4, '0')}`)
  )
}
