"""What each source label says about a picture, and the many ways to say it in words.

A concept is (modality, anatomy, finding), any of which may be None: "x-ray", "chest", "x-ray chest", "x-ray chest pneumonia",
"pneumonia". A picture makes a concept true, false or, where its source did not look for the finding, unknown.
"""
import random
from typing import NamedTuple

XRAY, CT, MRI, US = "x-ray", "computed tomography", "magnetic resonance imaging", "ultrasound"
SMEAR, DERMOSCOPY, FUNDUS = "blood smear microscopy", "dermoscopy", "fundus photography"
ENDOSCOPY, HISTOLOGY = "endoscopy", "histopathology"


class Label(NamedTuple):
    """`findings` None: the source does not say. `unsure`: findings it leaves open."""

    modality: str
    anatomy: str
    findings: tuple | None = None
    unsure: tuple = ()


def red_cell(*findings):
    return Label(SMEAR, "red blood cell", findings)


LABELS = {
    ("bccd", "blood smear with white blood cell"): Label(SMEAR, "blood", ("white blood cell",)),
    ("brain-tumor-mri", "glioma"): Label(MRI, "brain", ("glioma", "brain tumor")),
    ("brain-tumor-mri", "meningioma"): Label(MRI, "brain", ("meningioma", "brain tumor")),
    ("brain-tumor-mri", "pituitary"): Label(MRI, "brain", ("pituitary tumor", "brain tumor")),
    ("brain-tumor-mri", "no tumor"): Label(MRI, "brain", ("no tumor", "normal")),
    ("busi", "benign"): Label(US, "breast", ("benign",)),
    ("busi", "malignant"): Label(US, "breast", ("malignant",)),
    ("busi", "normal"): Label(US, "breast", ("normal",)),
    ("chula-rbc12", "burr cell"): red_cell("burr cell"),
    ("chula-rbc12", "elliptocyte"): red_cell("elliptocyte"),
    ("chula-rbc12", "hypochromia"): red_cell("hypochromia"),
    ("chula-rbc12", "macrocyte"): red_cell("macrocyte"),
    ("chula-rbc12", "microcyte"): red_cell("microcyte"),
    ("chula-rbc12", "normal cell"): red_cell("normal cell", "normal"),
    ("chula-rbc12", "ovalocyte"): red_cell("ovalocyte"),
    ("chula-rbc12", "schistocyte"): red_cell("schistocyte"),
    ("chula-rbc12", "spherocyte"): red_cell("spherocyte"),
    ("chula-rbc12", "stomatocyte"): red_cell("stomatocyte"),
    ("chula-rbc12", "target cell"): red_cell("target cell"),
    ("chula-rbc12", "teardrop"): red_cell("teardrop"),
    ("endotect-polyp", "polyp"): Label(ENDOSCOPY, "colon", ("polyp",)),
    ("endotect-polyp", "ulcerative colitis"): Label(ENDOSCOPY, "colon", ("ulcerative colitis",)),
    ("idrid-seg", "diabetic retinopathy"): Label(FUNDUS, "eye", ("diabetic retinopathy",)),
    ("iq-othnccd-lung-ct", "benign"): Label(CT, "chest", ("benign",)),
    ("iq-othnccd-lung-ct", "malignant"): Label(CT, "chest", ("malignant", "lung cancer")),
    ("iq-othnccd-lung-ct", "normal"): Label(CT, "chest", ("normal",)),
    ("isic9-derm", "actinic keratosis"): Label(DERMOSCOPY, "skin", ("actinic keratosis",), ("benign", "malignant")),
    ("isic9-derm", "dermatofibroma"): Label(DERMOSCOPY, "skin", ("dermatofibroma", "benign")),
    ("isic9-derm", "melanoma"): Label(DERMOSCOPY, "skin", ("melanoma", "malignant")),
    ("isic9-derm", "nevus"): Label(DERMOSCOPY, "skin", ("nevus", "benign"), ("normal",)),
    ("isic9-derm", "seborrheic keratosis"): Label(DERMOSCOPY, "skin", ("seborrheic keratosis", "benign")),
    ("isic9-derm", "squamous cell carcinoma"): Label(DERMOSCOPY, "skin", ("squamous cell carcinoma", "malignant")),
    ("kermany-cxr", "bacterial pneumonia"): Label(XRAY, "chest", ("bacterial pneumonia", "pneumonia")),
    ("kermany-cxr", "viral pneumonia"): Label(XRAY, "chest", ("viral pneumonia", "pneumonia")),
    ("kermany-cxr", "normal"): Label(XRAY, "chest", ("normal", "no pneumonia")),
    ("lc25000-colon", "benign colon tissue"): Label(HISTOLOGY, "colon", ("benign tissue", "benign"), ("normal",)),
    ("lc25000-colon", "colon adenocarcinoma"): Label(HISTOLOGY, "colon", ("adenocarcinoma", "malignant")),
    ("lc25000-lung", "benign lung tissue"): Label(HISTOLOGY, "lung", ("benign tissue", "benign"), ("normal",)),
    ("lc25000-lung", "lung adenocarcinoma"): Label(HISTOLOGY, "lung", ("adenocarcinoma", "malignant", "lung cancer")),
    ("lc25000-lung", "lung squamous cell carcinoma"): Label(
        HISTOLOGY, "lung", ("squamous cell carcinoma", "malignant", "lung cancer")
    ),
    ("medical-mnist-64", "AbdomenCT"): Label(CT, "abdomen"),
    ("medical-mnist-64", "ChestCT"): Label(CT, "chest"),
    ("medical-mnist-64", "HeadCT"): Label(CT, "brain"),
    ("medical-mnist-64", "BreastMRI"): Label(MRI, "breast"),
    ("medical-mnist-64", "CXR"): Label(XRAY, "chest"),
    ("medical-mnist-64", "Hand"): Label(XRAY, "hand"),
    ("pocus-lung", "bacterial pneumonia"): Label(US, "lung", ("bacterial pneumonia", "pneumonia")),
    ("pocus-lung", "viral pneumonia"): Label(US, "lung", ("viral pneumonia", "pneumonia")),
    ("pocus-lung", "covid"): Label(US, "lung", ("covid-19",), ("pneumonia", "viral pneumonia")),
    ("pocus-lung", "healthy"): Label(US, "lung", ("normal", "no pneumonia")),
}

# The first way to say a thing is the one evaluation prompts with.
WORDS = {
    XRAY: ("x-ray", "xray", "radiograph", "xr", "plain film"),
    CT: ("computed tomography", "ct", "ct scan", "cat scan"),
    MRI: ("magnetic resonance imaging", "mri", "mr", "magnetic resonance", "mri scan"),
    US: ("ultrasound", "sonography", "us", "sonogram", "echography"),
    SMEAR: ("blood smear microscopy", "blood smear", "peripheral blood smear", "microscopy of a blood smear", "blood film"),
    DERMOSCOPY: ("dermoscopy", "dermatoscopy", "dermoscopic image", "dermatology"),
    FUNDUS: ("fundus photography", "fundus photograph", "retinal photograph", "ophthalmoscopy", "color fundus image"),
    ENDOSCOPY: ("endoscopy", "endoscopic image", "endoscope view"),
    HISTOLOGY: (
        "histopathology", "h&e microscopy", "histology", "pathology slide", "hematoxylin and eosin stain", "tissue microscopy"
    ),
    "blood": ("blood", "peripheral blood", "blood cells"),
    "brain": ("brain", "head", "cranium", "skull"),
    "breast": ("breast", "mammary gland"),
    "red blood cell": ("red blood cell", "red cell", "erythrocyte", "rbc"),
    "colon": ("colon", "large bowel", "large intestine", "colorectal"),
    "eye": ("eye", "retina", "ocular fundus"),
    "chest": ("chest", "thorax", "thoracic"),
    "skin": ("skin", "skin lesion", "cutaneous"),
    "lung": ("lung", "lungs", "pulmonary"),
    "abdomen": ("abdomen", "abdominal", "belly"),
    "hand": ("hand", "hand and wrist", "fingers"),
    "normal": ("no finding", "normal", "healthy", "no abnormality", "unremarkable", "no disease", "normal appearance"),
    "no pneumonia": ("no pneumonia", "without pneumonia", "clear lungs", "no consolidation"),
    "pneumonia": ("pneumonia", "lung infection", "pulmonary infection", "pneumonic infiltrate"),
    "bacterial pneumonia": ("bacterial pneumonia", "bacterial lung infection", "pneumonia caused by bacteria"),
    "viral pneumonia": ("viral pneumonia", "viral lung infection", "pneumonia caused by a virus"),
    "covid-19": ("covid-19", "covid", "covid-19 pneumonia", "sars-cov-2 infection"),
    "brain tumor": ("brain tumor", "brain tumour", "tumor", "intracranial mass", "intracranial neoplasm"),
    "glioma": ("glioma", "glial tumor", "glioma tumour"),
    "meningioma": ("meningioma", "meningeal tumor", "meningioma tumour"),
    "pituitary tumor": ("pituitary tumor", "pituitary", "pituitary adenoma", "tumour of the pituitary gland"),
    "no tumor": ("no tumor", "no tumour", "without tumor", "no mass"),
    "benign": ("benign", "benign lesion", "benign mass", "not cancer", "harmless lesion"),
    "malignant": ("malignant", "malignant lesion", "malignant tumor", "cancer", "malignancy"),
    "lung cancer": ("lung cancer", "lung carcinoma", "malignant lung tumour"),
    "adenocarcinoma": ("adenocarcinoma", "glandular carcinoma", "adenocarcinoma tissue"),
    "squamous cell carcinoma": ("squamous cell carcinoma", "squamous carcinoma", "epidermoid carcinoma"),
    "benign tissue": ("benign tissue", "non-cancerous tissue", "tissue without tumor"),
    "white blood cell": ("white blood cell", "leukocyte", "wbc", "blood smear with white blood cell"),
    "normal cell": ("normal cell", "normal red cell", "normal erythrocyte", "normocyte"),
    "burr cell": ("burr cell", "echinocyte", "crenated cell"),
    "elliptocyte": ("elliptocyte", "elliptical red cell", "elongated cell"),
    "hypochromia": ("hypochromia", "hypochromic cell", "pale red cell"),
    "macrocyte": ("macrocyte", "large red cell", "macrocytic cell"),
    "microcyte": ("microcyte", "small red cell", "microcytic cell"),
    "ovalocyte": ("ovalocyte", "oval red cell", "egg-shaped cell"),
    "schistocyte": ("schistocyte", "fragmented red cell", "helmet cell"),
    "spherocyte": ("spherocyte", "spherical red cell", "spherocytic cell"),
    "stomatocyte": ("stomatocyte", "mouth-shaped red cell", "stomatocytic cell"),
    "target cell": ("target cell", "codocyte", "bull's-eye cell"),
    "teardrop": ("teardrop", "teardrop cell", "dacrocyte", "tear drop cell"),
    "polyp": ("polyp", "colon polyp", "colorectal polyp"),
    "ulcerative colitis": ("ulcerative colitis", "colitis", "inflammatory bowel disease"),
    "diabetic retinopathy": ("diabetic retinopathy", "retinopathy", "diabetic eye disease"),
    "actinic keratosis": ("actinic keratosis", "solar keratosis"),
    "dermatofibroma": ("dermatofibroma", "fibrous histiocytoma"),
    "melanoma": ("melanoma", "malignant melanoma", "black skin cancer"),
    "nevus": ("nevus", "mole", "melanocytic nevus", "benign mole"),
    "seborrheic keratosis": ("seborrheic keratosis", "seborrhoeic keratosis", "seborrheic wart"),
}

# Short names of a modality and an anatomy together.
NICKNAMES = {
    (XRAY, "chest"): ("cxr", "chest film", "chest radiograph"),
    (DERMOSCOPY, "skin"): ("dermoscopy image", "skin lesion photograph"),
    (ENDOSCOPY, "colon"): ("colonoscopy", "colonoscopy image"),
    (FUNDUS, "eye"): ("retinal fundus image", "fundus photograph"),
    (SMEAR, "red blood cell"): ("single red blood cell", "erythrocyte morphology"),
}

# Said at random, not learned: the sources do not label the view of a picture.
VIEWS = {
    (XRAY, "chest"): ("anteroposterior", "posteroanterior", "frontal", "ap", "pa"),
    (XRAY, "hand"): ("left", "posteroanterior", "frontal"),
    (CT, "chest"): ("axial", "lung window", "contrast"),
    (CT, "abdomen"): ("axial", "contrast"),
    (CT, "brain"): ("axial", "without contrast"),
    (MRI, "brain"): ("axial", "sagittal", "coronal", "t1", "contrast-enhanced", "t1-weighted"),
    (MRI, "breast"): ("axial", "contrast-enhanced"),
}

# The plain grammar "<modality> <anatomy> <view> <condition>" is said half the time.
PICTURE_TEMPLATES = ("{m} {a} {v}",) * 4 + ("{a} {m} {v}", "{v} {m} of the {a}", "{a} {m}", "an image of {a}, {m}")
FINDING_TEMPLATES = ("{p} {f}",) * 5 + ("{p} with {f}", "{p} showing {f}", "{p}, {f}", "{f} on {p}", "{f}, {p}")


def concepts():
    """Every concept some label makes true, in a fixed order."""
    found = {}
    for modality, anatomy, findings, _ in LABELS.values():
        found.update(dict.fromkeys([(modality, None, None), (None, anatomy, None), (modality, anatomy, None)]))
        for finding in findings or ():
            found.update(dict.fromkeys([(modality, anatomy, finding), (None, None, finding)]))
    return list(found)


def truth(concept, label):
    """True, False or None: unknown."""
    modality, anatomy, finding = concept
    if modality not in (None, label.modality):
        return False
    if {anatomy, label.anatomy} == {"chest", "lung"}:
        return None
    if anatomy not in (None, label.anatomy):
        return False
    if finding is None:
        return True
    if label.findings is None or finding in label.unsure:
        return None
    return finding in label.findings


def prompt(concept):
    """The concept in the product's plain grammar."""
    return " ".join(WORDS[part][0] for part in concept if part)


def phrase(concept):
    """The concept in words picked at random."""
    modality, anatomy, finding = concept
    say = lambda part: random.choice(WORDS[part])
    if modality and anatomy:
        pair = (modality, anatomy)
        view = random.choice(VIEWS[pair]) if pair in VIEWS and random.random() < 0.5 else ""
        picture = random.choice(PICTURE_TEMPLATES).format(m=say(modality), a=say(anatomy), v=view)
        if pair in NICKNAMES and random.random() < 0.15:
            picture = random.choice(NICKNAMES[pair])
    else:
        picture = say(modality or anatomy) if modality or anatomy else ""
    if finding:
        picture = random.choice(FINDING_TEMPLATES).format(p=picture, f=say(finding)) if picture else say(finding)
    stop = "." if random.random() < 0.15 else ""
    return " ".join(picture.split()) + stop
