import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { Language, type Node, Parser } from 'web-tree-sitter'

/** The words of each command of a plain script, in order; null for a script that is anything else. */
export type ReadScript = (script: string) => readonly (readonly string[])[] | null

/**
 * What the grammar of tree-sitter sees in a script, read as the reference reads it: plain are commands of literal words, joined by
 * `&&`, `||`, `;` and `|`, without a node of any other kind.
 */
export async function loadBashGrammar(): Promise<ReadScript> {
  const require = createRequire(import.meta.url)
  await Parser.init()
  const parser = new Parser()
  parser.setLanguage(await Language.load(await readFile(require.resolve('tree-sitter-bash/tree-sitter-bash.wasm'))))
  return (script) => {
    const tree = parser.parse(script)
    if (tree === null) throw new Error('the grammar gave no tree')
    try {
      return readProgram(tree.rootNode)
    } finally {
      tree.delete()
    }
  }
}

const NAMED: ReadonlySet<string> = new Set(
  'program list pipeline command command_name word number string string_content raw_string concatenation'.split(' '),
)
const MARKS: ReadonlySet<string> = new Set(['&&', '||', ';', '|', '"', '\n'])

function readProgram(root: Node): readonly (readonly string[])[] | null {
  if (root.hasError) return null
  const commands: string[][] = []
  const waiting: Node[] = [root]
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (!(node.isNamed ? NAMED : MARKS).has(node.type)) return null
    if (node.type === 'command') {
      const words = node.namedChildren.map((child) => wordOf(child))
      if (words.includes(null)) return null
      commands.push(words as string[]) // none is null
    }
    waiting.push(...node.children.toReversed())
  }
  return commands
}

function wordOf(node: Node | null): string | null {
  switch (node?.type) {
    case 'command_name':
      return node.namedChildCount === 1 && ['word', 'number'].includes(node.firstNamedChild?.type ?? '')
        ? wordOf(node.firstNamedChild)
        : null
    case 'word':
    case 'number':
      return node.text
    case 'raw_string':
      return node.text.slice(1, -1)
    case 'string':
      return node.namedChildren.every((child) => child?.type === 'string_content') ? node.text.slice(1, -1) : null
    case 'concatenation': {
      const parts = node.namedChildren.map((child) => wordOf(child))
      return parts.includes(null) ? null : parts.join('')
    }
    default:
      return null
  }
}
