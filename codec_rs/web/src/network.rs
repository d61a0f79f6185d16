//! A bundle's `decoder.onnx`, run by tract. This is the one place to change for another runtime.

use tract_onnx::prelude::*;
use tract_onnx::tract_core::plan::{SimpleState, eval};

use crate::failure::{Failure, Result};

/// The network that turns latents into pixels.
#[derive(Debug)]
pub struct Network {
    model: InferenceModel,
    /// What was made for the windows' last size.
    plan: Option<((usize, usize), Arc<TypedRunnableModel>)>,
}

impl Network {
    /// Reads `decoder.onnx`. The sizes that an exporter wrote beside each tensor are symbols, and are left out: tract
    /// finds all sizes from that of a window.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let reader = tract_onnx::onnx().with_ignore_output_shapes(true).with_ignore_value_info(true);
        let model = reader.model_for_read(&mut &*bytes).map_err(|error| broken("cannot be loaded", &error))?;
        Ok(Self { model, plan: None })
    }

    /// Planes float32 (planes, rows x stride, columns x stride) of the latents (channels, rows, columns) of a window.
    /// `progress` is told which share of the network's operators is done.
    pub fn run(
        &mut self,
        latents: Vec<f32>,
        [channels, rows, columns]: [usize; 3],
        progress: &mut dyn FnMut(f64),
    ) -> Result<Vec<f32>> {
        let given =
            Tensor::from_shape(&[1, channels, rows, columns], &latents).map_err(|error| broken("failed", &error))?;
        drop(latents);
        let plan = self.plan([channels, rows, columns])?;
        let result = run(&plan, given, progress).map_err(|error| broken("failed", &error))?;
        let planes = result.to_plain_array_view::<f32>().map_err(|error| broken("failed", &error))?;
        let planes: Vec<f32> = planes.iter().copied().collect();
        if planes.iter().all(|value| value.is_finite()) {
            return Ok(planes);
        }
        Err(Failure::bundle("decoder.onnx gave values that are not finite (NaN or infinity)"))
    }

    fn plan(&mut self, [channels, rows, columns]: [usize; 3]) -> Result<Arc<TypedRunnableModel>> {
        if let Some((size, plan)) = &self.plan
            && *size == (rows, columns)
        {
            return Ok(plan.clone());
        }
        self.plan = None;
        let fact = InferenceFact::dt_shape(f32::datum_type(), [1, channels, rows, columns]);
        let model = self.model.clone().with_input_fact(0, fact);
        let plan = model.and_then(|model| model.into_optimized()?.into_runnable());
        let plan = plan.map_err(|error| broken("cannot be run", &error))?;
        self.plan = Some(((rows, columns), plan.clone()));
        Ok(plan)
    }
}

fn run(plan: &Arc<TypedRunnableModel>, given: Tensor, progress: &mut dyn FnMut(f64)) -> TractResult<Tensor> {
    let (operators, mut done) = (plan.model().nodes().len() as f64, 0.0);
    let mut state = SimpleState::new(plan)?;
    let mut results = state.run_plan_with_eval(tvec!(given.into()), |turn, op_state, node, inputs| {
        done += 1.0;
        progress(done / operators);
        eval(turn, op_state, node, inputs)
    })?;
    Ok(results.remove(0).into_tensor())
}

fn broken(what: &str, error: &TractError) -> Failure {
    Failure::bundle(format!("decoder.onnx {what}: {error:#}"))
}
