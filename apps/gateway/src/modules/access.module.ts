import { Authenticate, type AuthSettings, Clock, TokenStore } from '@openclaw/core';
import { ContainerModule } from 'inversify';
import type { GatewayConfig, LiveConfig } from '../config/index.js';
import { derived } from '../derived.js';

/** `generated` is the operator's secret of the first start, for as long as none is configured. */
export function accessModule(live: LiveConfig, generated: string | undefined): ContainerModule {
  const settings = derived(live, (config) => settingsOf(config, generated));
  return new ContainerModule(({ bind }) => {
    bind(Authenticate)
      .toResolvedValue(
        (tokens: TokenStore, clock: Clock) => new Authenticate(settings, tokens, clock),
        [TokenStore, Clock],
      )
      .inSingletonScope();
  });
}

function settingsOf({ authEnabled, gateway, api }: GatewayConfig, generated: string | undefined): AuthSettings {
  const { mode, token, password } = gateway.auth;
  const secret = (mode === 'password' ? password : token) ?? generated;
  return {
    enabled: authEnabled,
    operatorSecrets: secret === undefined ? [] : [secret],
    tokens: api.auth.tokens.map(({ name, token: value, scope, rateLimit, tenant, expiresAt }) => ({
      name,
      token: value,
      scope: [...scope],
      tenant,
      ...(rateLimit !== undefined && { rateLimit }),
      ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt) }),
    })),
  };
}
