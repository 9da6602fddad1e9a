import { BlockList, isIPv4 } from "node:net";

/** Not of the public network: this machine, private ones, those between, documentation, multicast and what is reserved. */
const NOT_PUBLIC_IPV4 = subnets([
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10", // carriers' own
  "127.0.0.0/8",
  "169.254.0.0/16", // link-local; where clouds keep their credentials
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
]);
/** All that has been given out; loopback, private, link-local and mapped addresses lie outside. */
const GLOBAL_IPV6 = subnets(["2000::/3"]);
/** Documentation, and tunnels that hold an IPv4 address. */
const NOT_PUBLIC_IPV6 = subnets(["2001::/32", "2001:db8::/32", "2002::/16"]);

/** @param address IPv4 or IPv6, as numbers */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !NOT_PUBLIC_IPV4.check(address);
  return GLOBAL_IPV6.check(address, "ipv6") && !NOT_PUBLIC_IPV6.check(address, "ipv6");
}

function subnets(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [network, bits] = range.split("/");
    list.addSubnet(network, Number(bits), isIPv4(network) ? "ipv4" : "ipv6");
  }
  return list;
}
