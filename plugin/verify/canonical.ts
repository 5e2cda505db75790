import canonicalize from 'canonicalize';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads canonical JSON (RFC 8785): the value when the bytes are the one encoding of it, else why they are not. A
 * member that is there twice is lost in parsing, so that the bytes differ from the encoding of what was parsed.
 */
export function readCanonical(bytes: Uint8Array): { readonly value: unknown } | { readonly fault: string } {
  let text: string;
  let value: unknown;
  try {
    text = utf8.decode(bytes);
    value = JSON.parse(text);
  } catch {
    return { fault: 'it is not JSON in UTF-8' };
  }
  try {
    if (canonicalize(value) === text) return { value };
  } catch {
    return { fault: 'it holds a number or a string that canonical JSON has no form for' };
  }
  return {
    fault: repeatsMember(text)
      ? 'an object has the same member twice'
      : 'it is not the canonical form (RFC 8785) of what it says',
  };
}

/** Whether some object of a well-formed JSON text names a member twice. */
function repeatsMember(text: string): boolean {
  const open: (Set<string> | null)[] = [];
  for (const [token, key] of text.matchAll(/("(?:[^"\\]|\\.)*")\s*:|"(?:[^"\\]|\\.)*"|[{}[\]]/g)) {
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(null);
    else if (token === '}' || token === ']') open.pop();
    else if (key !== undefined) {
      const members = open.at(-1);
      const name = JSON.parse(key) as string;
      if (members?.has(name)) return true;
      members?.add(name);
    }
  }
  return false;
}
