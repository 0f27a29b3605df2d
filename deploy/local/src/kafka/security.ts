import { kafkaAdministrator } from "@todo/kit/kafka-rights";
import { type Credentials, controllerUser } from "./credentials.ts";
import type { BrokerTls } from "./tls.ts";

/**
 * Who may speak to a broker, and what they may do. Clients prove themselves by SCRAM, in clear or encrypted. Controllers
 * prove themselves to each other by a password of their own in clear, on loopback: the passwords of SCRAM lie in the
 * metadata that they have yet to agree on. What nobody is allowed is refused.
 */
export function brokerSecurity({
  credentials: { passwords },
  tls,
}: {
  credentials: Credentials;
  tls?: BrokerTls;
}): Record<string, string | boolean> {
  const clients = tls === undefined ? "SASL_PLAINTEXT" : "SASL_SSL";
  const [admin, controller] = [kafkaAdministrator, controllerUser];
  const scram = jaas("scram.ScramLoginModule", { username: admin, password: passwords[admin] });
  const password = passwords[controller];
  return {
    "listener.security.protocol.map": `CLIENTS:${clients},DETOUR:${clients},CONTROLLER:SASL_PLAINTEXT`,
    "sasl.enabled.mechanisms": "SCRAM-SHA-512",
    "sasl.mechanism.inter.broker.protocol": "SCRAM-SHA-512",
    "sasl.mechanism.controller.protocol": "PLAIN",
    "listener.name.clients.scram-sha-512.sasl.jaas.config": scram,
    "listener.name.detour.scram-sha-512.sasl.jaas.config": scram,
    "listener.name.controller.sasl.enabled.mechanisms": "PLAIN",
    "listener.name.controller.plain.sasl.jaas.config": jaas("plain.PlainLoginModule", {
      username: controller,
      password,
      [`user_${controller}`]: password,
    }),
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "allow.everyone.if.no.acl.found": false,
    "super.users": `User:${admin};User:${controller}`,
    ...(tls && encryption(tls)),
  };
}

function encryption({ keystore, password, caFile }: BrokerTls) {
  return {
    "ssl.keystore.type": "PKCS12",
    "ssl.keystore.location": keystore,
    "ssl.keystore.password": password,
    "ssl.key.password": password,
    "ssl.truststore.type": "PEM",
    "ssl.truststore.location": caFile,
  };
}

/** Passwords are base64url, so no quote ends them. */
function jaas(module: string, options: Readonly<Record<string, string | undefined>>): string {
  const all = Object.entries(options).map(([name, value]) => `${name}="${value ?? ""}"`);
  return `org.apache.kafka.common.security.${module} required ${all.join(" ")};`;
}
