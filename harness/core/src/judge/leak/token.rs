//! Provider tokens, recognised by their prefixes.
//!
//! Each entry is a prefix, the characters that may follow and their minimum number, as providers document them or as
//! real tokens show. The rest must look random, so that a variable's name or a placeholder does not count.

use std::ops::Range;

use super::class::Class;
use super::context::shown;
use super::detector::Detector;
use super::entropy::dealt;

/// The characters of a token after its prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Signs {
    /// Letters and digits.
    Alnum,
    /// Those, `-` and `_`.
    Word,
    /// Those and `.`.
    Dotted,
    /// Hexadecimal digits and `-`.
    Hex,
    /// Base64 in both alphabets.
    Base64,
    /// Letters, digits and `$`.
    Dollar,
}

impl Signs {
    fn allow(self, byte: u8) -> bool {
        match self {
            Self::Alnum => byte.is_ascii_alphanumeric(),
            Self::Word => byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'),
            Self::Dotted => byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'),
            Self::Hex => byte.is_ascii_hexdigit() || byte == b'-',
            Self::Base64 => byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'+' | b'/' | b'='),
            Self::Dollar => byte.is_ascii_alphanumeric() || byte == b'$',
        }
    }
}

/// One provider's prefix.
struct Prefix {
    text: &'static str,
    signs: Signs,
    least: usize,
}

macro_rules! prefixes {
    ($($text:literal $signs:ident $least:literal,)*) => {
        /// The prefixes, for the sieve.
        const ANCHORS: &[&str] = &[$($text),*];
        /// The same with the rules for what follows.
        const PREFIXES: &[Prefix] = &[$(Prefix { text: $text, signs: Signs::$signs, least: $least }),*];
    };
}

prefixes! {
    // Code and packages.
    "ghp_" Alnum 30, "gho_" Alnum 30, "ghu_" Alnum 30, "ghs_" Dotted 30, "ghr_" Alnum 30, "github_pat_" Word 40,
    "glpat-" Dotted 18, "gldt-" Word 18, "glrt-" Dotted 18, "glptt-" Word 18, "glcbt-" Word 18, "glffct-" Word 18, "glft-" Word 18,
    "glimt-" Word 18, "glagent-" Word 18, "gloas-" Word 18, "glsoat-" Word 18, "glwt-" Word 18, "GR1348941" Word 18, "ATBB" Alnum 28,
    "npm_" Alnum 30, "pypi-" Word 50, "rubygems_" Hex 40, "CLOJARS_" Alnum 40, "oy2" Alnum 43, "dckr_pat_" Word 20, "dckr_oat_" Word 20,
    "AKCp" Alnum 50, "cmVmd" Alnum 50, "sgp_" Word 40, "sqp_" Hex 40, "squ_" Hex 40, "sqa_" Hex 40, "snyk_uat." Dotted 30, "snyk_sat." Dotted 30,
    "CCIPAT_" Word 30, "CCIPRJ_" Word 30, "bkua_" Hex 40, "bkct_" Hex 30, "PMAK-" Hex 40, "PMAT-" Alnum 20, "rdme_" Alnum 50, "gb_api_" Alnum 30,
    "figd_" Word 36, "figo_" Word 36, "figu_" Word 36, "sbp_" Hex 36, "sb_secret_" Word 20, "ctx7sk-" Word 20,
    // Models and related services.
    "sk-ant-" Word 20, "sk-proj-" Word 20, "sk-svcacct-" Word 20, "sk-admin-" Word 20, "sk-or-" Word 30, "sk-lf-" Word 30, "sk-helicone-" Word 16,
    "sk-litellm-" Word 16, "hf_" Alnum 30, "api_org_" Alnum 30, "gsk_" Alnum 30, "xai-" Alnum 40, "pplx-" Alnum 32, "r8_" Alnum 30, "tvly-" Word 20,
    "fw_" Alnum 20, "nvapi-" Word 40, "tgp_v1_" Word 30, "jina_" Word 40, "pcsk_" Word 40, "lsv2_pt_" Word 32, "lsv2_sk_" Word 32, "ls__" Hex 30,
    "e2b_" Hex 36, "fc-" Hex 32, "rpa_" Alnum 36, "csk-" Alnum 40, "KGAT_" Alnum 30, "wandb_v1_" Word 30, "AQ.Ab8" Word 30, "AQ.Ab" Word 36, "cpk_" Dotted 40,
    "bedrock-api-key-" Base64 40, "ABSK" Base64 60, "co-" Alnum 40, "voy-" Word 40, "pa-" Word 40, "groq_" Alnum 30, "ak-" Alnum 22, "as-" Alnum 22,
    // Clouds, hosting and secret stores.
    "LTAI" Alnum 16, "AKID" Alnum 32, "AKLT" Base64 32, "bce-v3/ALTAK-" Base64 30, "AQVN" Word 35, "y0_" Word 40, "SCW" Alnum 17, "dop_v1_" Hex 60, "doo_v1_" Hex 60,
    "dor_v1_" Hex 60, "hvs." Word 24, "hvb." Word 24, "hvr." Word 24, "dp.pt." Alnum 36, "dp.st." Dotted 36, "dp.ct." Alnum 36, "dp.sa." Alnum 36,
    "dp.scim." Alnum 36, "dp.audit." Alnum 36, "ops_eyJ" Base64 60, "AGE-SECRET-KEY-1" Alnum 50, "pul-" Hex 40, "pnu_" Alnum 36, "tskey-" Word 20,
    "fo1_" Word 40, "fm1r_" Base64 40, "fm1a_" Base64 40, "fm2_" Base64 40, "HRKU-" Word 32, "nfp_" Alnum 32, "nfc_" Alnum 32, "nfo_" Alnum 32, "nfb_" Alnum 32,
    "rnd_" Alnum 20, "vercel_blob_rw_" Word 20, "vcp_" Alnum 40, "vck_" Alnum 40, "vca_" Alnum 40, "v1.0-" Hex 100, "cfut_" Alnum 36, "cfat_" Alnum 36, "napi_" Alnum 40, "pscale_tkn_" Dotted 30,
    "pscale_pw_" Dotted 30, "pscale_oauth_" Dotted 30, "dapi" Hex 32, "dose" Hex 32, "dkea" Hex 32, "sha256~" Word 40, "ory_at_" Dotted 30, "ory_pat_" Word 30, "ory_st_" Word 30, "unkey_" Alnum 16,
    "st.prod." Dotted 30, "ngrok_api_" Word 30, "p8e-" Alnum 30, "1//0" Word 40, "EXPO_" Alnum 36, "secret-live-" Word 30, "secret-test-" Word 30,
    // Monitoring.
    "NRAK-" Alnum 20, "NRII-" Word 20, "NRRA-" Alnum 32, "NRIQ-" Alnum 20, "NRSP-" Alnum 20, "NRJS-" Alnum 16, "sntrys_" Base64 40, "sntryu_" Hex 60, "glc_" Base64 30, "glsa_" Word 32, "eyJrIjoi" Base64 50, "hcaik_" Alnum 40, "hcbik_" Alnum 40, "hcamk_" Alnum 20,
    "dt0c01." Dotted 60, "dt0s01." Dotted 60, "dt0s16." Dotted 60, "dt0e01." Dotted 60, "phx_" Alnum 30, "sdk-" Hex 36, "tr_prod_" Alnum 16, "tr_dev_" Alnum 16, "signkey-prod-" Hex 32, "logfire_" Word 20, "pylf_v" Word 30, "API-" Alnum 26, "api-" Hex 36, "act." Alnum 50, "cio" Alnum 32,
    // Payment.
    "sk_live_" Word 16, "sk_test_" Word 16, "rk_live_" Word 16, "rk_test_" Word 16, "sk_prod_" Word 16, "sk_org_" Word 24, "whsec_" Base64 16, "sq0atp-" Word 20, "sq0csp-" Word 30, "sq0idp-" Word 20,
    "EAAA" Word 50, "EAA" Alnum 50, "access_token$production$" Dollar 30, "access_token$sandbox$" Dollar 30, "access-production-" Hex 36, "access-sandbox-" Hex 36, "access-development-" Hex 36, "EZAK" Alnum 50, "EZTK" Alnum 50,
    "shippo_live_" Hex 36, "shippo_test_" Hex 36, "duffel_live_" Word 40, "duffel_test_" Word 40, "FLWSECK-" Word 20, "FLWSECK_TEST-" Word 12, "FLWSECK_PROD-" Word 12, "rzp_live_" Alnum 14, "rzp_test_" Alnum 14, "AQE" Base64 60, "pdl_live_" Word 30, "pdl_sdbx_" Word 30, "polar_oat_" Word 30,
    "polar_pat_" Word 30, "live_" Alnum 30, "test_" Alnum 30, "cko_sk_" Word 20, "sk_sbox_" Word 20, "ApplePay-" Word 60,
    // Shops, mail, chat and work.
    "shpat_" Alnum 32, "shpss_" Alnum 32, "shpca_" Alnum 32, "shppa_" Alnum 32, "shptka_" Alnum 32, "shpua_" Alnum 32, "SG." Dotted 40, "xkeysib-" Word 60, "xsmtpsib-" Word 60, "key-" Hex 32, "re_" Word 24, "md-" Word 22, "mlsn." Hex 40, "xoxb-" Word 20, "xoxp-" Word 20,
    "xoxa-" Word 20, "xoxr-" Word 20, "xoxs-" Word 20, "xoxc-" Word 20, "xoxd-" Base64 20, "xoxe-" Word 20, "xoxe." Dotted 20, "xapp-" Word 20, "xwfp-" Word 20, "lin_api_" Alnum 30, "lin_oauth_" Alnum 30, "ntn_" Alnum 36, "secret_" Alnum 40, "tfp_" Word 36, "CFPAT-" Word 36,
    "ATATT3" Base64 50, "ATCTT3" Base64 50, "ATSTT3" Base64 50, "ATTA" Hex 60, "pat-na1-" Hex 36, "pat-na2-" Hex 36, "pat-eu1-" Hex 36, "pat-ap1-" Hex 36, "IGQV" Word 50, "IGQW" Word 50, "IGAA" Word 50, "sl.B" Word 100, "sl.u." Word 60, "sl." Word 130, "AQV" Word 150, "AQX" Word 150, "fio-u-" Word 50, "ico-" Alnum 30, "sm_pat_" Alnum 16, "sm_aat_" Alnum 16,
    "sm_sat_" Alnum 16, "sk.eyJ" Dotted 40, "pat" Dotted 79, "1000." Dotted 64, "SK0" Hex 31, "SK1" Hex 31, "SK2" Hex 31, "SK3" Hex 31, "SK4" Hex 31, "SK5" Hex 31, "SK6" Hex 31, "SK7" Hex 31, "SK8" Hex 31, "SK9" Hex 31, "SKa" Hex 31, "SKb" Hex 31, "SKc" Hex 31, "SKd" Hex 31, "SKe" Hex 31, "SKf" Hex 31, "dG9rOj" Base64 40, "dG9rOm" Base64 40, "tok_live_" Word 20, "zpka_" Word 30, "pk_prod_" Alnum 26, "s-s4t2ud-" Hex 60, "s-s4t2af-" Hex 60,
}

pub(super) const DETECTORS: &[Detector] = &[Detector::with(
    Class::Secret,
    "provider token",
    ANCHORS,
    token,
    concat!("np", "m_9tSrke72PouQMnMXa7eZSW0jkFMBWYq8Lm0p"),
)];

/// The longest token that is read, in bytes.
const LONGEST: usize = 600;

/// If more base64 characters than this directly adjoin a match, it is part of something longer.
const BLOB: usize = 40;

fn token(bytes: &[u8], hit: Range<usize>) -> Option<Range<usize>> {
    let text = bytes.get(hit.clone())?;
    let prefix = PREFIXES.iter().find(|prefix| prefix.text.as_bytes() == text)?;
    let before = bytes.get(..hit.start)?;
    let escaped = matches!(before, [.., b'\\', b'n' | b'r' | b't']);
    if !escaped && before.last().is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'+' | b'.')) {
        return None;
    }
    let rest = bytes.get(hit.end..)?;
    let width = rest.iter().take(LONGEST).take_while(|b| prefix.signs.allow(**b)).count();
    let body = rest.get(..width)?;
    // A token may end a sentence.
    let body = body.strip_suffix(b".").unwrap_or(body);
    let span = hit.start..hit.end + body.len();
    let whole = body.len() >= prefix.least && dealt(body) && !in_blob(bytes, &span);
    // Ordered letters and digits occur in examples, and sometimes in real answers.
    let counted = [&b"1234567890"[..], b"abcdefghij"].iter().any(|row| memchr::memmem::find(body, row).is_some());
    (whole && !(counted && shown(bytes, &span))).then_some(span)
}

/// Whether a match is part of a long base64 run, such as an image or a certificate.
fn in_blob(bytes: &[u8], span: &Range<usize>) -> bool {
    let inside = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/');
    let before = bytes.get(..span.start).unwrap_or_default().iter().rev().take(BLOB).take_while(inside).count();
    let after = bytes.get(span.end..).unwrap_or_default().iter().take(BLOB).take_while(inside).count();
    before >= BLOB || after >= BLOB
}
