/** The form hosts are compared in: lower case, without a port and without dots at the end; null for what names no single host. */
export function normalHost(given: string): string | null {
  const text = given.trim().toLowerCase()
  const host = (/^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1] ?? text.replace(/^([^:]*):\d+$/, '$1')).replace(/\.+$/, '')
  return host === '' || /[\s/?#*@\\[\]]/.test(host) || host.includes('://') ? null : host
}
