/** @file Versions of what an audit stores: raise one when its results change. */

export const AUDIT_VERSIONS = {
  'audit-data': 1,
  'audit-candidate': 1,
  'audit-member': 1,
  'audit-influence': 1,
  'audit-neighbours': 1,
  'audit-base': 1,
  'audit-half': 1,
  'audit-verify': 1,
} as const;
