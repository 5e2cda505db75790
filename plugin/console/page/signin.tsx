import { Icon, Mark } from './icons.tsx';
import { plain } from './text.ts';
import type { Login } from './wire.ts';

/** The way in: the identity providers that the operator configured. */
export function SignIn({ login, ended }: { readonly login: readonly Login[]; readonly ended: boolean }) {
  return (
    <main class="signin">
      <div class="signin-card">
        <Mark />
        <h1>Countersign</h1>
        <p class="signin-lead">Requests that nobody may make alone wait here for a second person.</p>
        {ended && (
          <p class="signin-ended" role="alert">
            Your session has ended. Sign in again to go on.
          </p>
        )}
        {login.length > 0 ? (
          <ul>
            {login.map(({ id, label, url, kind }) => (
              <li key={id}>
                <a class="button primary large" href={withReturn(url)}>
                  <span>Continue with {plain(label)}</span>
                  <span class="signin-kind">{kind === 'saml' ? 'SAML' : 'OpenID'}</span>
                  <Icon name="arrow" />
                </a>
              </li>
            ))}
          </ul>
        ) : (
          <p class="note">
            No identity provider is configured. The operator can make a link that signs one person in, once, with the
            command line.
          </p>
        )}
        <p class="note">You decide as yourself. Each decision is entered in a signed log under your name.</p>
      </div>
    </main>
  );
}

/** After signing in one is where one was: a link of a notice leads to its request. */
function withReturn(url: string): string {
  if (location.pathname === '/' || !url.startsWith('/')) return url;
  return `${url}${url.includes('?') ? '&' : '?'}return=${encodeURIComponent(location.pathname)}`;
}
