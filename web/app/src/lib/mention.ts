// Whom one could mean by `@`.
export interface Mentionable {
  id: string;
  nickname: string;
  username: string;
}

/** `all`, if there is such a thing here, and people whose name or username begins so; each once, at most so many. */
export function mentionable(people: Iterable<Mentionable>, begin: string, everyone: string | null, most = 6): string[] {
  const wanted = begin.toLowerCase();
  const found = new Set<string>();
  for (const one of people) {
    if (found.size >= most) break;
    // A second or third name counts too.
    const names = [one.username, one.nickname, ...one.nickname.split(/\s+/)];
    if (names.some((name) => name.toLowerCase().startsWith(wanted))) found.add(one.id);
  }
  const all = everyone !== null && ["all", everyone].some((name) => name.toLowerCase().startsWith(wanted));
  return all ? [...found, "all"] : [...found];
}
