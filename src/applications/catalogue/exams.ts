/**
 * What is looked for in which kind of picture, one a line: `modality | body part | views | findings`. It says what may be asked, not what a
 * model knows. Words are those of radiology and pathology reports; "no finding" stands for a picture that is in order.
 */
export const EXAMS = `
x-ray | chest | anteroposterior, posteroanterior, lateral | no finding, pneumonia, bacterial pneumonia, viral pneumonia, covid-19, tuberculosis, pleural effusion, pneumothorax, cardiomegaly, atelectasis, consolidation, lung opacity, pulmonary edema, pulmonary nodule, lung mass, emphysema, pulmonary fibrosis, pleural thickening, widened mediastinum, hiatal hernia, rib fracture, support devices
x-ray | abdomen | | no finding, bowel obstruction, free air, kidney stone, constipation, foreign body
x-ray | skull | anteroposterior, lateral | no finding, fracture
x-ray | cervical spine | anteroposterior, lateral | no finding, fracture, degenerative change, malalignment
x-ray | thoracic spine | lateral | no finding, compression fracture, scoliosis
x-ray | lumbar spine | anteroposterior, lateral | no finding, compression fracture, degenerative change, spondylolisthesis
x-ray | pelvis | | no finding, fracture, hip osteoarthritis
x-ray | shoulder | anteroposterior, axillary | no finding, fracture, dislocation, calcific tendinitis, osteoarthritis
x-ray | elbow | anteroposterior, lateral | no finding, fracture, joint effusion, dislocation
x-ray | forearm | | no finding, fracture
x-ray | wrist | posteroanterior, lateral | no finding, distal radius fracture, scaphoid fracture, osteoarthritis
x-ray | hand | posteroanterior, oblique | no finding, fracture, osteoarthritis, bone erosion
x-ray | hip | | no finding, femoral neck fracture, osteoarthritis, joint replacement
x-ray | knee | anteroposterior, lateral | no finding, fracture, osteoarthritis, joint effusion, joint replacement
x-ray | lower leg | | no finding, fracture
x-ray | ankle | anteroposterior, lateral | no finding, fracture, osteoarthritis
x-ray | foot | | no finding, fracture, hallux valgus, osteomyelitis
mammography | breast | craniocaudal, mediolateral oblique | no finding, benign mass, malignant mass, benign calcification, suspicious calcification, architectural distortion, asymmetry
panoramic radiography | teeth | | no finding, caries, periapical lesion, impacted tooth, bone loss
angiography | coronary arteries | | no finding, stenosis, occlusion
computed tomography | brain | axial | no finding, intracranial hemorrhage, subdural hematoma, epidural hematoma, subarachnoid hemorrhage, ischemic stroke, brain tumor, hydrocephalus, midline shift, skull fracture
computed tomography | paranasal sinuses | | no finding, sinusitis, polyp
computed tomography | neck | | no finding, enlarged lymph nodes, mass
computed tomography | chest | axial, coronal | no finding, pulmonary nodule, lung cancer, pneumonia, covid-19, emphysema, interstitial lung disease, pleural effusion, pneumothorax, enlarged lymph nodes, pericardial effusion
computed tomography | abdomen | axial, coronal | no finding, liver lesion, liver cirrhosis, kidney stone, kidney mass, pancreatitis, pancreatic mass, appendicitis, diverticulitis, bowel obstruction, ascites, free air, splenic laceration, aortic aneurysm
computed tomography | pelvis | | no finding, fracture, bladder mass, free fluid
computed tomography | lumbar spine | | no finding, compression fracture, disc herniation
computed tomography angiography | chest | | no finding, pulmonary embolism, aortic dissection
computed tomography angiography | brain | | no finding, aneurysm, large vessel occlusion
computed tomography angiography | coronary arteries | | no finding, stenosis, calcified plaque
magnetic resonance imaging | brain | axial, coronal, sagittal | no finding, glioma, meningioma, pituitary tumor, metastasis, multiple sclerosis, ischemic stroke, hemorrhage, atrophy, hydrocephalus, abscess
magnetic resonance imaging | cervical spine | sagittal | no finding, disc herniation, spinal stenosis, cord compression
magnetic resonance imaging | lumbar spine | axial, sagittal | no finding, disc herniation, spinal stenosis, vertebral fracture, spondylodiscitis
magnetic resonance imaging | breast | | no finding, benign mass, malignant mass, non-mass enhancement
magnetic resonance imaging | heart | | no finding, myocardial scar, myocarditis, hypertrophic cardiomyopathy, dilated cardiomyopathy
magnetic resonance imaging | abdomen | axial | no finding, liver lesion, liver steatosis, pancreatic cyst, kidney mass, bile duct stone
magnetic resonance imaging | prostate | | no finding, peripheral zone lesion, transition zone lesion
magnetic resonance imaging | pelvis | | no finding, uterine fibroid, ovarian cyst, rectal cancer
magnetic resonance imaging | shoulder | coronal | no finding, rotator cuff tear, labral tear, joint effusion
magnetic resonance imaging | knee | coronal, sagittal | no finding, meniscus tear, anterior cruciate ligament tear, cartilage defect, bone marrow edema, joint effusion
magnetic resonance imaging | hip | | no finding, avascular necrosis, labral tear
magnetic resonance imaging | ankle | | no finding, ligament tear, tendon tear, osteochondral lesion
magnetic resonance angiography | brain | | no finding, aneurysm, stenosis
ultrasound | breast | | no finding, benign mass, malignant mass, cyst
ultrasound | thyroid | | no finding, benign nodule, malignant nodule, goiter
ultrasound | lymph node | | no finding, reactive lymph node, metastatic lymph node
ultrasound | lung | | no finding, b-lines, consolidation, pneumonia, covid-19, pleural effusion, pneumothorax
ultrasound | liver | | no finding, steatosis, cirrhosis, hemangioma, malignant mass, cyst
ultrasound | gallbladder | | no finding, gallstones, cholecystitis, polyp
ultrasound | kidney | | no finding, hydronephrosis, kidney stone, cyst, mass
ultrasound | bladder | | no finding, mass, stone
ultrasound | uterus | | no finding, fibroid, thickened endometrium
ultrasound | ovary | | no finding, cyst, malignant mass
ultrasound | testis | | no finding, hydrocele, torsion, mass
ultrasound | carotid artery | | no finding, plaque, stenosis
ultrasound | leg veins | | no finding, deep vein thrombosis
ultrasound | fetus | | head, abdomen, femur, heart, spine
echocardiography | heart | parasternal long axis, parasternal short axis, apical four chamber, subcostal | no finding, reduced ejection fraction, left ventricular hypertrophy, pericardial effusion, dilated left atrium
positron emission tomography | whole body | | no finding, lymphoma, metastases
positron emission tomography | brain | | no finding, reduced metabolism
bone scintigraphy | whole body | | no finding, bone metastases
fundus photography | eye | | no finding, diabetic retinopathy, glaucoma, age-related macular degeneration, hypertensive retinopathy, pathological myopia, retinal vein occlusion, drusen, cataract, optic disc edema
optical coherence tomography | eye | | no finding, choroidal neovascularization, diabetic macular edema, drusen, macular hole, epiretinal membrane, serous retinopathy
dermoscopy | skin | | nevus, melanoma, basal cell carcinoma, squamous cell carcinoma, actinic keratosis, seborrheic keratosis, dermatofibroma, vascular lesion
clinical photography | skin | | no finding, acne, rosacea, eczema, psoriasis, urticaria, vitiligo, tinea, impetigo, shingles, wart, melanoma, basal cell carcinoma, ulcer, burn
endoscopy | colon | | no finding, polyp, adenoma, colorectal cancer, ulcerative colitis, diverticula, dyed lifted polyp, dyed resection margin
endoscopy | esophagus | | no finding, esophagitis, barrett's esophagus, varices, esophageal cancer
endoscopy | stomach | | no finding, gastritis, ulcer, polyp, gastric cancer
capsule endoscopy | small bowel | | no finding, bleeding, angiectasia, erosion, polyp
bronchoscopy | lung | | no finding, tumor, bleeding
histopathology | lung | | benign tissue, adenocarcinoma, squamous cell carcinoma, small cell carcinoma
histopathology | colon | | benign tissue, adenoma, adenocarcinoma
histopathology | breast | | benign tissue, ductal carcinoma in situ, invasive carcinoma
histopathology | prostate | | benign tissue, adenocarcinoma
histopathology | lymph node | | benign tissue, metastasis, lymphoma
histopathology | skin | | benign tissue, nevus, melanoma, basal cell carcinoma
histopathology | stomach | | benign tissue, gastritis, adenocarcinoma
histopathology | kidney | | benign tissue, clear cell carcinoma
histopathology | liver | | benign tissue, steatosis, hepatocellular carcinoma
histopathology | brain | | benign tissue, glioma, meningioma
cytology | cervix | | no finding, low-grade lesion, high-grade lesion, squamous cell carcinoma
blood smear microscopy | red blood cell | | normal cell, target cell, spherocyte, elliptocyte, ovalocyte, stomatocyte, teardrop, burr cell, schistocyte, macrocyte, microcyte, hypochromia, malaria parasite
blood smear microscopy | white blood cell | | neutrophil, lymphocyte, monocyte, eosinophil, basophil, blast
`;
