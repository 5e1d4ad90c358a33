import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { type AbsolutePath, describeError } from '@octavo/base'
import { ownRuleFile } from '@octavo/config'
import { createPolicy, parseRules, type Policy, type RuleBook, type RuleFile, unreadableRules } from '@octavo/policy'
import type { Notice } from '../preset.ts'
import type { LocalConfig } from './config.ts'

/** Longest rule file that is read, in bytes. */
const MAX_BYTES = 1_048_576

/** The arbiter with the rules of this machine, this user and a trusted project. Rules that are approved are added to the user's own file. */
export function localPolicy({ homes, ruleFiles }: Pick<LocalConfig, 'homes' | 'ruleFiles'>): Policy {
  return createPolicy({ files: ruleFiles.map(readRules), book: ruleBook(ownRuleFile(homes)) })
}

/** What is wrong in rule files, for whoever can mend them. */
export function ruleNotices({ problems }: Policy): readonly Notice[] {
  return problems.map(({ message }) => ({
    code: 'rules_broken',
    message: `${message}; until this is mended the file allows nothing, and what it may have forbidden is held back`,
  }))
}

/** A file that cannot be read is as good as broken: it may have forbidden anything. */
function readRules(file: AbsolutePath): RuleFile {
  let text: string
  try {
    if (statSync(file).size > MAX_BYTES) return unreadableRules(file, `is over ${MAX_BYTES / 1024 / 1024} MiB`)
    text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file))
  } catch (error) {
    return unreadableRules(file, error instanceof TypeError ? 'is not UTF-8 text' : `cannot be read (${describeError(error)})`)
  }
  return parseRules(text, file)
}

/**
 * A file that grows by whole lines. Each is added by one write at the end, which the system does not mix with those of other processes,
 * so that none is lost; a link stays one.
 */
export function ruleBook(file: AbsolutePath): RuleBook {
  return {
    file,
    append: async (addition) => {
      const added = addition(readOr(file, ''))
      if (added === null) return readFileSync(file, 'utf8')
      mkdirSync(dirname(file), { recursive: true })
      const descriptor = openSync(file, 'a', 0o600)
      try {
        writeSync(descriptor, added)
        fsyncSync(descriptor)
      } finally {
        closeSync(descriptor)
      }
      return readFileSync(file, 'utf8')
    },
    rewrite: async (change) => {
      const present = readOr(file, '')
      const text = change(present)
      if (text === present) return text
      // A link stays one: what it leads to is replaced.
      const real = realpathSync(file)
      const next = `${real}.${process.pid}.new`
      writeFileSync(next, text, { mode: statSync(real).mode, flush: true })
      renameSync(next, real)
      return text
    },
  }
}

function readOr(file: AbsolutePath, missing: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return missing
    throw error
  }
}
