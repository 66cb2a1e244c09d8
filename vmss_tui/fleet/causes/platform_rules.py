"""Rules for causes in Azure: the machine was refused before its operating system started.

Codes and texts: pages "Troubleshoot allocation failures", "Common error codes for virtual machines"
and "Resolve errors for resource quotas", and recorded refusals of deployments.
"""

from vmss_tui.fleet.causes.cause import Rule

PLATFORM_RULES = (
    Rule(
        "zonal-allocation-failed",
        "Azure has no capacity for this VM size in the zone now.",
        "Try again later, choose another VM size, or allow another zone.",
        codes=("zonalallocationfailed", "overconstrainedzonalallocationrequest"),
        messages=(
            ("sufficient capacity for the requested vm size in this zone",),
            ("allocation failed", "zone"),
        ),
    ),
    Rule(
        "allocation-failed",
        "Azure has no capacity for this VM size now.",
        "Try again later, or choose another VM size or region.",
        codes=(
            "allocationfailed",
            "overconstrainedallocationrequest",
            "spotallocationfailed",
            "allocationtimeout",
        ),
        messages=(
            ("allocation failed",),
            ("sufficient capacity for the requested vm size",),
            ("vm size is not currently available in the selected location",),
        ),
    ),
    Rule(
        "quota-exceeded",
        "The subscription's vCPU quota in this region does not allow another VM.",
        "Request a higher quota, or delete what is not used; a surge needs quota for its new VMs.",
        codes=("quotaexceeded",),
        messages=(("exceeding approved", "quota"), ("exceeding quota limits",)),
    ),
    Rule(
        "size-not-available",
        "This VM size is not offered to the subscription in the region or zone.",
        "Choose a VM size from 'az vm list-skus --location REGION' that has no restriction.",
        codes=("skunotavailable", "notavailableforsubscription"),
        messages=(
            ("requested vm size", "is currently not available in location"),
            ("requested size", "is currently not available"),
            ("requested tier for resource", "is currently not available"),
        ),
    ),
    Rule(
        "image-not-in-region",
        "The image version is not replicated to the region of the scale set.",
        "Replicate the image version to the region, or choose a version that is there.",
        codes=("imagenotreplicated",),
        messages=(
            ("gallery image", "is not available in", "region"),
            ("contact image owner to replicate to this region",),
            ("has not been replicated to",),
        ),
    ),
    Rule(
        "image-not-found",
        "The image of the model does not exist, or is not ready or not readable.",
        "Set the model to an image version that exists, or roll back to the previous one.",
        codes=(
            "platformimagenotfound",
            "imagenotfound",
            "galleryimagenotfound",
            "imageversionnotfound",
            "imageversiondeprecated",
            "diskimagenotready",
        ),
        messages=(
            ("the platform image", "is not available"),
            ("gallery image", "was not found"),
            ("image version", "was not found"),
            ("disk image", "please retry when image is ready"),
        ),
    ),
    Rule(
        "plan-terms",
        "The Marketplace terms of the image are not accepted, or its plan is not in the model.",
        "Accept the terms with 'az vm image terms accept --urn URN', or set the image's plan.",
        codes=(
            "marketplacepurchaseeligibilityfailed",
            "resourcepurchasevalidationfailed",
            "resourcepurchasecanceled",
            "vmmarketplaceinvalidinput",
        ),
        messages=(
            ("requires plan information",),
            ("legal terms have not been accepted",),
            ("marketplace purchase eligibilty check",),
            ("purchase information does not match",),
        ),
    ),
    Rule(
        "key-vault",
        "A key or secret that the VM needs cannot be read from Key Vault.",
        "Check the key, its expiry date, the vault's firewall and the access of the disk "
        "encryption set or identity.",
        codes=(
            "keyvaultaccessforbidden",
            "keyvaultsecretdoesnotexist",
            "keyvaultcertificatedoesnotexist",
            "keyvaultsecretnotfound",
            "keyvaultandvmindifferentregions",
            "diskencryptionsetnotfound",
            "diskencryptionkeysecretunwrapfailed",
        ),
        messages=(
            ("key vault", "forbidden"),
            ("key vault", "denied"),
            ("key vault", "not found"),
            ("disk encryption set", "failed"),
            ("keyvault", "access"),
        ),
    ),
)
