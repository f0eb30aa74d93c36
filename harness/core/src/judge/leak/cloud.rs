//! Names of cloud resources that reveal the operator's account, project, network or store.

use super::class::Class;
use super::detector::Detector;

const fn cloud(
    detail: &'static str,
    anchors: &'static [&'static str],
    pattern: &'static str,
    example: &'static str,
) -> Detector {
    Detector::new(Class::InternalAddress, detail, anchors, pattern, example)
}

pub(super) const DETECTORS: &[Detector] = &[
    // Partition, service, region, account, resource. Those of AWS itself reveal nobody.
    cloud(
        "cloud resource name",
        &["arn:aws", "acs:"],
        r"\b(?:arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:(?:\d{12})?:[\w*/:.$@{}+=-]+|acs:[a-z]+:[a-z0-9-]*:\d+:[\w/*-]+)",
        "User: arn:aws:iam::481516234299:user/ledger is not authorized",
    )
    .word()
    .unless_shown()
    .keep(own),
    cloud(
        "cloud resource name",
        &["/subscriptions/", "/resourceGroups/", "resourcegroups/"],
        r"(?i)/subscriptions/[0-9a-f]{8}-[0-9a-f-]{27}(?:/[\w./-]*)?|/resourceGroups/[\w.()-]+/providers/[\w./-]+",
        "/subscriptions/5f1e2b34-9a0c-4d5e-8f71-2233445566ff/resourceGroups/ledger-prod/providers/Microsoft.Sql",
    )
    .back(60),
    cloud(
        "cloud resource name",
        &["projects/", ".iam.gserviceaccount.com", "ocid1.", "cloudresourcemanager"],
        r"\bprojects/[a-z0-9][\w.:-]{3,}/(?:locations|zones|regions|secrets|instances|topics|subscriptions|serviceAccounts|keyRings|databases|datasets|global|clusters|buckets|logs|services|queues)/[\w./-]*|[\w-]+@[\w-]+\.iam\.gserviceaccount\.com|\bocid1\.[a-z]+\.oc\d\.[\w.-]*|//cloudresourcemanager\.googleapis\.com/projects/\w+",
        "Permission 'secretmanager.versions.access' denied for projects/ledger-prod/secrets/db/versions/1",
    )
    .back(40)
    .unless_shown(),
    // 8 or 17 hexadecimal digits after the kind of resource.
    cloud(
        "cloud resource id",
        &["vpc-0", "subnet-0", "sg-0", "eni-0", "ami-0", "vol-0", "snap-0", "rtb-0", "igw-0", "acl-0", "nat-0", "vpce-0", "tgw-0", "fs-0", "lt-0", "i-0"],
        r"\b(?:vpc|subnet|sg|eni|ami|vol|snap|rtb|igw|acl|nat|vpce|tgw|fs|lt|i)-0[0-9a-f]{16}\b",
        "instance i-0f3a9c1e5b7d2468a in subnet-0a1b2c3d4e5f60718 is not reachable",
    )
    .word(),
    cloud(
        "internal host",
        &[".rds.amazonaws.com", ".cache.amazonaws.com", ".docdb.amazonaws.com", ".redshift.amazonaws.com", ".es.amazonaws.com", ".elb.amazonaws.com", ".dkr.ecr.", "sqs.", ".amazonaws.com/", ".compute.amazonaws.com", ".rds.aliyuncs.com", ".database.windows.net", ".cache.windows.net", ".documents.azure.com", ".servicebus.windows.net", ".vault.azure.net", ".mysql.database.azure.com", ".postgres.database.azure.com", ".mongodb.net", ".neon.tech", "db.", ".snowflakecomputing.com", ".psdb.cloud", ".upstash.io", ".cloud.redislabs.com", ".aivencloud.com", ".cosmos.azure.com", ".azmk8s.io", ".eks.amazonaws.com", ".kafka.", ".mq."],
        r"\b(?:[\w-]+\.)+(?:rds|cache|docdb|redshift|es|elb|compute|eks|kafka|mq)(?:\.[a-z0-9-]+)*\.amazonaws\.com(?:\.cn)?\b|\b(?:[\w-]+\.)+(?:rds|cache|eks|kafka)\.amazonaws\.com\b|\b\d{12}\.dkr\.ecr\.[\w-]+\.amazonaws\.com\b|\bsqs\.[\w-]+\.amazonaws\.com/\d{12}/[\w.-]+|\b(?:[\w-]+\.)+(?:rds\.aliyuncs\.com|database\.windows\.net|cache\.windows\.net|documents\.azure\.com|servicebus\.windows\.net|vault\.azure\.net|mysql\.database\.azure\.com|postgres\.database\.azure\.com|cosmos\.azure\.com|azmk8s\.io)\b|\b[\w-]+\.[a-z0-9]{4,8}\.mongodb\.net\b|\b(?:[\w-]+\.)+(?:neon\.tech|snowflakecomputing\.com|psdb\.cloud|upstash\.io|cloud\.redislabs\.com|aivencloud\.com)\b|\bdb\.[a-z]{20}\.supabase\.co\b",
        "could not translate host name \"ledger.c9x8y7z6w5v4.eu-west-1.rds.amazonaws.com\"",
    )
    .back(120)
    .keep(named),
];

/// Whether a resource belongs to a customer: AWS's own have `aws` as their account.
fn own(name: &[u8]) -> bool {
    memchr::memmem::find(name, b"::aws:").is_none()
}

/// Whether a host belongs to a customer and is not the provider's home page.
fn named(host: &[u8]) -> bool {
    !host.starts_with(b"www.") && !host.starts_with(b"docs.") && !host.starts_with(b"console.")
}
